// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transfer;

import dev.cutover.dualwrite.rowsql.TableSql;
import java.sql.SQLException;

/**
 * How large a row may be that passes through the proxy, from one database to another. A row is in memory whole, and a heap that is
 * full ends the proxy for all tenants. So a larger row is refused before it is read.
 *
 * @param bytes of the row's values as text
 */
public record RowLimit(long bytes) {
    /** Program limit exceeded, as a server says it of a row that does not fit its own limits. */
    public static final String TOO_LARGE = "54000";

    /** By how much a value's text can be longer than its stored form, which may be compressed. */
    private static final int GREATEST_EXPANSION = 1024;

    /** Two fifths of the heap. */
    public static RowLimit ofHeap() {
        return new RowLimit(Runtime.getRuntime().maxMemory() / 5 * 2);
    }

    /** A condition that holds for larger serving rows. It reads only those rows whose stored size leaves it open. */
    public String exceeded(TableSql sql) {
        return sql.storedSize() + " > " + bytes / GREATEST_EXPANSION + " AND " + sql.size() + " > " + bytes;
    }

    /** Why a row is refused. */
    public SQLException refusal(String row, long size) {
        return new SQLException(
                "ERROR: " + row + " takes " + size + " bytes as text, and the proxy carries rows of at most " + bytes
                        + " bytes, two fifths of its heap, between two databases; give the proxy a larger heap by -Xmx",
                TOO_LARGE);
    }
}
