// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

import dev.cutover.config.Side;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What makes dual writes hard, beside the tables themselves: functions that write inside of other statements (a default, an
 * operator, a cast), names with a schema, transactions in two phases, a role without rights under row security, and settings of
 * clients.
 */
final class Oddities {
    /** The session that logs in as {@link #ROLE}. */
    static final int OF_THE_ROLE = 2;

    static final String ROLE = "fuzz_app";
    static final String PASSWORD = "secret";

    /** None that pgjdbc cannot live with, and none that makes a reply hang on the time. */
    private static final List<String> SETTINGS = List.of(
            "extra_float_digits = 0",
            "extra_float_digits = 3",
            "TimeZone = 'Asia/Tokyo'",
            "TimeZone = 'UTC'",
            "IntervalStyle = 'sql_standard'",
            "bytea_output = 'escape'",
            "bytea_output = 'hex'",
            "quote_all_identifiers = on",
            "lc_monetary = 'C'",
            "synchronous_commit = off",
            "standard_conforming_strings = off",
            "standard_conforming_strings = on",
            "default_transaction_isolation = 'repeatable read'",
            "default_transaction_isolation = 'read committed'",
            "statement_timeout = '60s'",
            "lock_timeout = '60s'");

    private Oddities() {}

    static String setting(SplittableRandom random) {
        return "SET " + SETTINGS.get(random.nextInt(SETTINGS.size()));
    }

    /** A counter that functions count up, in rows of its own so that sessions rarely wait; and what calls the functions. */
    static String before(Side side) {
        String schema = side == Side.BLUE ? "v1." : "v2.";
        return """
                DO $$ BEGIN CREATE ROLE fuzz_app LOGIN PASSWORD 'secret'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
                CREATE TABLE $.counters (slot int PRIMARY KEY, n bigint NOT NULL);
                CREATE FUNCTION $.next_no() RETURNS int LANGUAGE plpgsql AS
                    $$ BEGIN UPDATE counters SET n = n + 1 WHERE slot = pg_backend_pid() % 8; RETURN 7; END $$;
                CREATE FUNCTION $.plus_counted(a int, b int) RETURNS int LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM next_no(); RETURN a + b; END $$;
                CREATE OPERATOR $.#+ (LEFTARG = int, RIGHTARG = int, FUNCTION = $.plus_counted);
                CREATE TYPE $.tag AS ENUM ('a', 'b');
                CREATE FUNCTION $.tag_counted(t $.tag) RETURNS oid LANGUAGE plpgsql AS
                    $$ BEGIN PERFORM next_no(); RETURN 5; END $$;
                CREATE CAST ($.tag AS oid) WITH FUNCTION $.tag_counted($.tag);
                """.replace("$.", schema)
                + (side == Side.BLUE ? "INSERT INTO v1.counters SELECT i, 0 FROM generate_series(0, 7) AS i;\n" : "");
    }

    /** Grants on the first version only: prepare gives them on the second one. */
    static String after(Side side) {
        return side == Side.GREEN
                ? ""
                : "GRANT USAGE ON SCHEMA v1 TO " + ROLE
                        + "; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA v1 TO " + ROLE
                        + "; GRANT USAGE ON ALL SEQUENCES IN SCHEMA v1 TO " + ROLE + ";\n";
    }

    static String policy(String table) {
        return "ALTER TABLE " + table + " ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON " + table + " USING (owner = "
                + OF_THE_ROLE + ");\n";
    }
}
