// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/**
 * What a verification is to look at and to tell.
 *
 * @param percent of the rows that are compared at least; less than 100 prove nothing
 * @param values whether the values of rows that differ are shown
 */
public record VerifyScope(double percent, boolean values) {
    public static final VerifyScope ALL = new VerifyScope(100, false);
}
