// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.SQLExceptionOverride;
import dev.cutover.config.Mapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.testing.MessageRelay;
import dev.cutover.dualwrite.testing.Spoiler;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/** Two databases, each behind a pool and a relay that spoils a message. The tests' own connections bypass both. */
final class SpoiltSides implements AutoCloseable {
    /** Rows of every way of carrying: small, of more than 256 KB, and two that have exchanged a unique value. */
    private static final String ROWS = """
            INSERT INTO v1.t VALUES (1, 1, 'equal'), (2, 2, 'small'), (3, 3, repeat('large', 60000)), (4, 4, 'missing'),
                (5, 6, 'swapped'), (6, 5, 'swapped');
            """;

    private static final String NOTHING_DONE = """
            DELETE FROM cutover.dirty_key; DELETE FROM cutover.verification;
            DELETE FROM cutover.backfill_slice; DELETE FROM cutover.backfill;
            """;

    /** Row 1 is equal, row 4 is missing, row 7 is surplus, and the others differ. */
    private static final String OLD_ROWS = """
            TRUNCATE v2.t; DELETE FROM cutover.dirty_key;
            INSERT INTO v2.t SELECT i, i, CASE i WHEN 1 THEN 'equal' ELSE 'old' END FROM generate_series(1, 7) i
                WHERE i <> 4;
            """;

    private static final String MARKS = """
            INSERT INTO cutover.dirty_key (tenant, side, tbl, key)
                SELECT 'acme', 'BLUE', 't', jsonb_build_array(i) FROM generate_series(2, 7) i;
            """;

    /** As a writer leaves it that bypasses the proxy. */
    private static final String ROGUE_MARK =
            "INSERT INTO cutover.dirty_key (tenant, side, tbl, key) VALUES ('acme', 'GREEN', 't', '[2]')";

    static final long DIFFERENCES = 6;

    static final List<String> ALL_DIFFERS = List.of(NOTHING_DONE, OLD_ROWS);

    static final List<String> ALL_DIFFERS_AND_IS_MARKED = List.of(NOTHING_DONE + MARKS, OLD_ROWS + ROGUE_MARK);

    /** So the first COPY into the table fails. */
    static final List<String> ONE_ROW_IS_THERE = List.of(
            NOTHING_DONE, "TRUNCATE v2.t; DELETE FROM cutover.dirty_key; INSERT INTO v2.t VALUES (1, 1, 'equal')");

    private static final int POOL_SIZE = 4;
    private static final long DEADLINE_SECONDS = 20;
    private static final String TABLE = "CREATE SCHEMA @; CREATE TABLE @.t (id int PRIMARY KEY, u int UNIQUE, v text);"
            + " ALTER TABLE @.t ALTER v SET STORAGE EXTERNAL";

    private final TestDatabase blue;
    private final TestDatabase green;
    private final Connection toBlue;
    private final Connection toGreen;
    private final Spoiler spoiler;
    private final List<MessageRelay> relays = new ArrayList<>();
    private final List<HikariDataSource> pools = new ArrayList<>();
    private final MirrorPlan plan;
    private List<String> before = List.of();

    SpoiltSides(TestDatabase blue, TestDatabase green) throws Exception {
        this.blue = blue;
        this.green = green;
        blue.execute(TABLE.replace("@", "v1"));
        green.execute(TABLE.replace("@", "v2"));
        for (TestDatabase database : List.of(blue, green)) {
            TransitionSchema.USUAL.migrate(database.dataSource());
        }
        blue.execute(ROWS);
        this.toBlue = blue.connect();
        this.toGreen = green.connect();
        this.spoiler = new Spoiler(blue.connect());
        pools.add(pool(blue));
        pools.add(pool(green));
        PlanBuilder builder =
                new PlanBuilder(Mapping.IDENTITY, CatalogReader.read(toBlue, "v1"), CatalogReader.read(toGreen, "v2"));
        this.plan = new MirrorPlan(
                "acme",
                Side.BLUE,
                "v1",
                "v2",
                MirrorToken.of("secret", 1),
                MirrorMode.DEFERRED,
                builder.tables(Side.BLUE),
                UserNames.NONE);
    }

    /** As the proxy's maintenance pools are. */
    private HikariDataSource pool(TestDatabase database) throws IOException {
        MessageRelay relay = new MessageRelay(database.server(), spoiler);
        relays.add(relay);
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl("jdbc:postgresql://127.0.0.1:" + relay.port() + "/" + database.name());
        config.setUsername(database.server().user());
        config.setPassword(database.server().password());
        config.addDataSourceProperty("sslmode", "disable");
        config.addDataSourceProperty("gssEncMode", "disable");
        // Each statement is parsed each time, so that each can be overwritten.
        config.addDataSourceProperty("prepareThreshold", "0");
        config.setMaximumPoolSize(POOL_SIZE);
        config.setMinimumIdle(0);
        config.setInitializationFailTimeout(-1);
        config.setExceptionOverride(new Refused());
        return new HikariDataSource(config);
    }

    private static final class Refused implements SQLExceptionOverride {
        @java.lang.Override
        public Override adjudicate(SQLException e) {
            return "0A000".equals(e.getSQLState()) ? Override.DO_NOT_EVICT : Override.CONTINUE_EVICT;
        }
    }

    Spoiler spoiler() {
        return spoiler;
    }

    MirrorPlan plan() {
        return plan;
    }

    Placement placement() {
        return Placement.of(pools.get(0), pools.get(1));
    }

    /** What is to be there before each run: SQL of blue, and of green. */
    void begin(List<String> sql) {
        before = sql;
    }

    /** Makes what is to be there before a run. */
    void reset() throws SQLException {
        execute(toBlue, before.get(0));
        execute(toGreen, before.get(1));
    }

    void assertEqual() throws SQLException {
        assertEquals(rows(toBlue, "v1"), rows(toGreen, "v2"));
        assertEquals(List.of("0"), query(toBlue, "SELECT count(*) FROM cutover.dirty_key"));
    }

    private static List<String> rows(Connection connection, String schema) throws SQLException {
        return query(connection, "SELECT id || ' ' || u || ' ' || md5(v) FROM " + schema + ".t ORDER BY id");
    }

    /** Whether nothing runs any more, and each connection that the pools lend answers what it is asked. */
    void assertInStep(String what) throws SQLException {
        awaitIdle(what);
        for (HikariDataSource pool : pools) {
            assertEquals(0, pool.getHikariPoolMXBean().getActiveConnections(), what);
            List<Connection> lent = new ArrayList<>();
            try {
                int all = Math.max(1, pool.getHikariPoolMXBean().getTotalConnections());
                for (int i = 0; i < all; i++) {
                    lent.add(pool.getConnection());
                }
                for (Connection connection : lent) {
                    assertInStep(connection, what);
                }
            } finally {
                for (Connection connection : lent) {
                    connection.close();
                }
            }
        }
    }

    private static void assertInStep(Connection connection, String what) throws SQLException {
        assertEquals(
                TransactionState.IDLE, connection.unwrap(BaseConnection.class).getTransactionState(), what);
        assertEquals(List.of("1"), query(connection, "SELECT 1"), what);
        assertEquals(
                List.of("two"),
                query(connection, "SELECT 'two' WHERE to_regclass('pg_temp.cutover_rows') IS NULL"),
                what);
        String settings = "SELECT current_setting('lock_timeout') || ' ' || current_setting('search_path')";
        assertEquals(List.of("0 \"$user\", public"), query(connection, settings), what);
    }

    /** The server notices only by and by that a connection was reset. */
    private void awaitIdle(String what) throws SQLException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        String running = "SELECT datname || ' ' || state || ' ' || query FROM pg_stat_activity WHERE datname IN ('"
                + blue.name() + "', '" + green.name() + "') AND pid <> pg_backend_pid() AND state <> 'idle'";
        List<String> left = query(toBlue, running);
        while (!left.isEmpty() && System.nanoTime() - deadline < 0) {
            left = query(toBlue, running);
        }
        assertEquals(List.of(), left, what);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static List<String> query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        }
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable each : pools) {
            each.close();
        }
        for (AutoCloseable each : relays) {
            each.close();
        }
        spoiler.close();
        toBlue.close();
        toGreen.close();
    }
}
