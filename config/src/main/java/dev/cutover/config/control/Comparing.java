package dev.cutover.config.control;

/**
 * What a verification is to look at and to tell.
 *
 * @param percent of the rows that are compared at least; less than 100 prove nothing
 * @param values whether the values of rows that differ are told
 */
public record Comparing(double percent, boolean values) {
    public static final Comparing ALL = new Comparing(100, false);
}
