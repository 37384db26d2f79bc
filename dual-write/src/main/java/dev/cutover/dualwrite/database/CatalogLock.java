// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * Serializes transactions that change catalog entries which several tenants of a database share: the schema that keeps their
 * marks, its rights, and what all nets call. PostgreSQL lets the second of two such transactions fail with "tuple concurrently
 * updated".
 */
public final class CatalogLock {
    private static final String TAKE = "SELECT pg_advisory_xact_lock(hashtextextended('cutover shared catalogs', 0))";

    private CatalogLock() {}

    /** Takes the lock of the connection's database until the end of the running transaction. */
    public static void take(Connection connection) throws SQLException {
        Rows.query(connection, TAKE, row -> true);
    }
}
