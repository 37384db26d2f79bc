// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.rowsql;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.SQLException;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(PostgresExtension.class)
class RowHashIT {
    /** As many as a table can have, nearly. */
    private static final int WIDEST = 1_500;

    private final TestDatabase database;

    RowHashIT(TestDatabase database) {
        this.database = database;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"NULL 'a' 'b'", "'' 'a' 'b'", "'a' 'b' NULL", "'b' 'a' NULL", "'a' NULL 'b'", "'a' '=' 'b'"})
    void differentRowsHaveDifferentHashes(String row) throws SQLException {
        assertNotEquals(query(hash("'a' '' 'b'")), query(hash(row)));
    }

    @Test
    void valuesThatChangePlacesBetweenRowsChangeTheSum() throws SQLException {
        assertNotEquals(
                query(hash("'a' 'x'") + "::numeric + " + hash("'b' 'y'")),
                query(hash("'a' 'y'") + "::numeric + " + hash("'b' 'x'")));
    }

    @Test
    void rowsOfNullsHaveAHash() throws SQLException {
        assertTrue(query(hash("NULL NULL")).matches("-?\\d+"));
    }

    @Test
    void aWideRowHasAHashOfAllItsColumns() throws SQLException {
        String wide = RowHash.of(Collections.nCopies(WIDEST, "'x'::text"));
        String other =
                RowHash.of(Stream.concat(Collections.nCopies(WIDEST - 1, "'x'::text").stream(), Stream.of("'y'::text"))
                        .toList());

        assertNotEquals(query(wide), query(other));
    }

    private String query(String expression) throws SQLException {
        return database.query("SELECT " + expression).get(0);
    }

    private static String hash(String row) {
        return RowHash.of(
                Stream.of(row.split(" ")).map(value -> value + "::text").toList());
    }
}
