// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.rowsql;

import org.jspecify.annotations.Nullable;

/**
 * Keys in their order, as JSON arrays.
 *
 * @param from the key before the first one; null for the start
 * @param to the last one; null for the end
 */
public record KeyRange(@Nullable String from, @Nullable String to) {
    public static final KeyRange ALL = new KeyRange(null, null);
}
