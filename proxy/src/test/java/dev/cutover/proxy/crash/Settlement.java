// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import dev.cutover.config.Side;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What must hold when no client writes and everything was carried over, seen by SQL of its own. */
final class Settlement {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final String LEFTOVERS =
            "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'cutover%' UNION ALL SELECT proname FROM pg_proc p"
                    + " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'cutover' AND proname NOT IN ('unmirrored', 'fence')"
                    + " UNION ALL SELECT tbl FROM cutover.dirty_key UNION ALL SELECT tbl FROM cutover.parked"
                    + " UNION ALL SELECT tbl FROM cutover.backfill";

    /** Transactions of clients whose proxy was killed, and marks. */
    private static final String UNSETTLED = "SELECT pid || ' ' || state || ' ' || query FROM pg_stat_activity"
            + " WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"
            + " AND backend_type = 'client backend' AND application_name NOT LIKE 'cutover%'";

    private final World world;
    private final Load load;

    Settlement(World world, Load load) {
        this.world = world;
        this.load = load;
    }

    /** Whether the databases hold nothing more of a cutover. */
    boolean nothingLeft() {
        try {
            for (TestDatabase database : world.databases()) {
                if (!database.query(LEFTOVERS).isEmpty()) {
                    return false;
                }
            }
            return true;
        } catch (SQLException e) {
            throw new AssertionError("the leftovers cannot be read", e);
        }
    }

    /** What is not as it must be; empty if all is. */
    List<String> wrong(TenantStatus status) throws Exception {
        Side serving = status.serving();
        TestDatabase here = world.database(serving);
        awaitEmpty(here, UNSETTLED);
        boolean mirrored = status.phase().mirroring();
        if (mirrored) {
            awaitEmpty(
                    here,
                    "SELECT side || ' ' || tbl || ' ' || coalesce(key::text, '') || ' ' || coalesce(error, '')"
                            + " FROM cutover.dirty_key LIMIT 5");
        }
        Tables rows = Tables.read(here, serving);
        List<String> wrong = new ArrayList<>(load.judge(rows));
        if (mirrored) {
            wrong.addAll(rows.differences(
                    Tables.read(world.database(serving.other()), serving.other()),
                    status.backfill().done()));
        }
        checkConstraints(status, serving, true, wrong);
        if (mirrored) {
            checkConstraints(status, serving.other(), false, wrong);
        }
        return wrong;
    }

    /** The side that serves has its foreign key and its trigger, the one that mirrors has not. */
    private void checkConstraints(TenantStatus status, Side side, boolean expected, List<String> wrong)
            throws SQLException {
        String schema = Tables.schema(side);
        List<String> found = world.database(side)
                .query("SELECT 'key ' || convalidated FROM pg_constraint WHERE contype = 'f' AND connamespace = '"
                        + schema
                        + "'::regnamespace UNION ALL SELECT 'trigger ' || (tgenabled = 'O') FROM pg_trigger"
                        + " WHERE tgname = 'log_slot' AND tgenabled <> 'D' AND tgrelid = '" + schema
                        + ".slots'::regclass ORDER BY 1");
        List<String> wanted = expected ? List.of("key true", "trigger true") : List.of();
        if (!found.equals(wanted)) {
            wrong.add("in " + status.phase() + " schema " + schema + " has " + found + " and should have " + wanted);
        }
    }

    private static void awaitEmpty(TestDatabase database, String sql) throws Exception {
        try {
            Eventually.until("nothing is left without load", PATIENCE, () -> {
                return database.query(sql).isEmpty();
            });
        } catch (AssertionError e) {
            throw new AssertionError("without load there is still " + database.query(sql), e);
        }
    }
}
