package dev.cutover.config.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a blue table becomes a green one and back: what the mapping file says, completed from both catalogs.
 *
 * @param key per key column, its name on the blue side and, where that differs, on the green one: {@code id} or
 *     {@code id = customer_id}
 * @param up what each green column is made from
 * @param down what each blue column is made from
 * @param unmirrorable why writes to it are left to the net; null if they are mirrored
 */
public record MappedTable(
        String blue,
        String green,
        List<String> key,
        List<MappedColumn> up,
        List<MappedColumn> down,
        @Nullable String unmirrorable) {

    /** Where a column's value comes from. */
    public enum Source {
        KEY,
        /** The other side's column of the same name. */
        NAMESAKE,
        /** An expression of the mapping file. */
        MAPPING,
        /** Nothing is carried over: its default, or what the server generates. */
        DEFAULT
    }

    /** @param expression over the other side's row; null if nothing is carried over */
    public record MappedColumn(
            String column, Source source, @Nullable String expression) {}
}
