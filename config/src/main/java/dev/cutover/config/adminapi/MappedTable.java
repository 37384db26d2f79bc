// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a blue table becomes a green one and back: what the mapping file says, completed from both catalogs. A table that holds
 * parts of another one's rows has an entry of its own, with the other side's main table and one direction.
 *
 * @param key per key column, its name on the blue side and, where that differs, on the green one: {@code id} or
 *     {@code id = customer_id}
 * @param up what each green column is made from; empty for a blue table that holds parts
 * @param down what each blue column is made from; empty for a green table that holds parts
 * @param when which rows of the other side have this part, a SQL condition; null: all, or it holds no parts
 * @param unmirrorable why writes to it are left to the net; null if they are mirrored
 */
public record MappedTable(
        String blue,
        String green,
        List<String> key,
        List<MappedColumn> up,
        List<MappedColumn> down,
        @Nullable String when,
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
