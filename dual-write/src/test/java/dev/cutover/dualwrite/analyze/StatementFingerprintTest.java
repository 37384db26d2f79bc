// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StatementFingerprintTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "UPDATE t SET a = 'x', b = -1.5e3 WHERE id=$1; | update t set a = ?, b = ? where id = ?",
                "update   T /* who */ set a=E'\\'' ,b=+2 where id = 7 -- why | update t set a = ?, b = ? where id = ?",
                "DELETE FROM \"Order\" WHERE id IN (1, 2,3) AND a NOT IN ($1,$2)"
                        + " | delete from \"Order\" where id in (?) and a not in (?)",
                "INSERT INTO t(a, b) VALUES (1,'x'),(2, 'y'), (3, NULL) | insert into t(a, b) values (?, ?), (?, null)",
                "INSERT INTO s.t (a) VALUES (1), (2) ON CONFLICT (a) DO UPDATE SET a = excluded.a"
                        + " | insert into s.t(a) values (?) on conflict (a) do update set a = excluded.a",
                "SELECT count(*), a - 1, $$x$$::text FROM t | select count(*), a - ?, ?::text from t",
                "UPDATE t SET a = 'never ends | update t set a = ?",
                "DO $$BEGIN DELETE FROM t; END$$ | do ?"
            })
    void textsThatDifferInValuesOnlyHaveOneFingerprint(String sql, String fingerprint) {
        assertEquals(fingerprint, StatementFingerprint.of(sql));
    }

    @Test
    void isShortHoweverLongTheTextIs() {
        assertTrue(StatementFingerprint.of("SELECT " + "a_column, ".repeat(100_000) + "b")
                        .length()
                < 600);
        assertEquals(
                "insert into t values (?, ?)",
                StatementFingerprint.of("INSERT INTO t VALUES (1, 'a')" + ", (2, 'b')".repeat(100)));
    }
}
