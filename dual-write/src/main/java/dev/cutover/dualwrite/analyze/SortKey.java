// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

/** One item of an ORDER BY, as a column of the result. */
public sealed interface SortKey {
    /** By the column's name. */
    record Named(String column) implements SortKey {}

    /** By its place in the result, from 1 on. */
    record Numbered(int position) implements SortKey {}
}
