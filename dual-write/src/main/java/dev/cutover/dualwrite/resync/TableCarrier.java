// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.resync;

import dev.cutover.dualwrite.mark.MarkedKeys.WholeTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;

/** Carries the marked rows of one table within one database, inside a READ COMMITTED transaction of the caller's. */
interface TableCarrier {
    /** Makes the idle rows of these keys (JSON arrays) equal. */
    void apply(Connection connection, Collection<String> keys) throws SQLException;

    /** Makes the idle rows of these keys equal, although they block each other. */
    void replace(Connection connection, Collection<String> keys) throws SQLException;

    /** Deletes the idle rows of these keys. To be rolled back. */
    void clear(Connection connection, Collection<String> keys) throws SQLException;

    /** Turns a mark of the whole table into marks of keys. */
    void expand(Connection connection, WholeTable whole) throws SQLException;

    /** Deletes idle rows that somebody has inserted there. @param keys of the idle side */
    void remove(Connection connection, Collection<String> keys) throws SQLException;
}
