// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LongTextScanTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "INSERT INTO t VALUES (1)",
                "  insert into t values ('SET x; it''s', $1, $2); UPDATE t SET a = 1 -- set_config\n;",
                "SELECT '\\x', 'x' /* ; SET a /* nested */ ; SET b */ FROM t",
                "SELECT $$;SET a$$, $x$ $$ ;LISTEN a $x$",
                "SELECT E'it\\'s; SET a'",
                "WITH a AS (SELECT 1) DELETE FROM t",
                "SELECT \"temp\", mytemp FROM t",
                ""
            })
    void leavesNothing(String text) {
        assertEquals(false, leavesState(text), text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SET a = 1",
                "INSERT INTO t VALUES (1); LISTEN a",
                "SELECT set_config('a', 'b', false)",
                "SELECT \"set_config\"('a', 'b', false)",
                "SELECT U&\"set\\005fconfig\"('a', 'b', false)",
                "SELECT pg_advisory_lock(1)",
                "SELECT 1 INTO TEMP x",
                "SELECT 1 INTO pg_temp.x",
                "CREATE TABLE t (a int)",
                "DO $$ $$",
                "SELECT 'a\\'; SET b = ''",
                "SELECT 'unfinished",
                "\"select\" 1",
                "SELECT $$ $x$; SET b $$; SET a",
                "SELECT 1; COPY t FROM stdin",
                "SELECT 1 /*/ ' */; SET search_path=foo; SELECT 1 --'",
                "SELECT 2 /* x */* 3; SET search_path=foo; SELECT 1 --*/",
                "SELECT 2 /* /*/ */ */; SET a=1; SELECT 1 --*/",
                "UPDATE pg_settings SET setting = '1' WHERE name = 'a'",
                "UPDATE ONLY (\"pg_catalog\".\"pg_settings\") SET setting = '1' WHERE name = 'a'"
            })
    void canLeaveSomething(String text) {
        assertEquals(true, leavesState(text), text);
    }

    private static boolean leavesState(String text) {
        LongTextScan scan = new LongTextScan();
        text.chars().forEach(scan::next);
        return scan.leavesState();
    }
}
