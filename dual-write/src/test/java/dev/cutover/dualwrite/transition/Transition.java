// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transition;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.backfill.Backfill;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.net.Net;
import dev.cutover.dualwrite.net.NetRemoval;
import dev.cutover.dualwrite.resync.Resync;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.dualwrite.verify.Verification;
import dev.cutover.dualwrite.verify.Verifier;
import dev.cutover.dualwrite.worker.Throttle;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/** A small tenant with two differing sides, for tests of what happens between them. */
final class Transition {
    static final String TOKEN = MirrorToken.of("secret", 1);

    static final Mapping MAPPING = new Mapping(
            Map.of(
                    "customers",
                    new TableMapping(
                            "customers",
                            "clients",
                            List.of(),
                            Map.of(
                                    "first_name", "split_part(name, ' ', 1)",
                                    "last_name", "substr(name, strpos(name, ' ') + 1)"),
                            Map.of("name", "first_name || ' ' || last_name"))),
            Set.of());

    private static final String SIDES = """
            CREATE SCHEMA v1;
            CREATE SCHEMA v2;
            CREATE TABLE v1.customers (id serial PRIMARY KEY, name text NOT NULL, balance int NOT NULL DEFAULT 0);
            CREATE TABLE v2.clients (id bigserial PRIMARY KEY, first_name text NOT NULL, last_name text NOT NULL,
                balance bigint NOT NULL DEFAULT 0, tier text NOT NULL DEFAULT 'basic');
            CREATE TABLE v1.orders (customer int REFERENCES v1.customers, no int, note text, PRIMARY KEY (customer, no));
            CREATE TABLE v2.orders (customer int REFERENCES v2.clients, no int, note text, PRIMARY KEY (customer, no));
            """;

    final TestDatabase database;
    final DataSource dataSource;
    final MirrorPlan plan;

    private Transition(TestDatabase database, DataSource dataSource, MirrorPlan plan) {
        this.database = database;
        this.dataSource = dataSource;
        this.plan = plan;
    }

    static Transition begin(TestDatabase database, Side serving) throws SQLException {
        return begin(database, serving, "");
    }

    /** @param more what else both sides have; {@code @} stands for the schema */
    static Transition begin(TestDatabase database, Side serving, String more) throws SQLException {
        database.execute(SIDES + more.replace("@", "v1") + more.replace("@", "v2"));
        DataSource dataSource = database.dataSource();
        TransitionSchema.USUAL.migrate(dataSource);
        return new Transition(database, dataSource, plan(database, serving));
    }

    static MirrorPlan plan(TestDatabase database, Side serving) throws SQLException {
        try (Connection connection = database.connect()) {
            Map<String, Table> blue = CatalogReader.read(connection, "v1");
            Map<String, Table> green = CatalogReader.read(connection, "v2");
            PlanBuilder builder = new PlanBuilder(MAPPING, blue, green);
            String servingSchema = serving == Side.BLUE ? "v1" : "v2";
            String idleSchema = serving == Side.BLUE ? "v2" : "v1";
            MirrorPlan plan = new MirrorPlan(
                    "acme",
                    serving,
                    servingSchema,
                    idleSchema,
                    TOKEN,
                    MirrorMode.INLINE,
                    builder.tables(serving),
                    UserNames.NONE);
            if (!builder.problems().isEmpty()) {
                throw new AssertionError(builder.problems());
            }
            return plan;
        }
    }

    /** The same tenant after a flip, with the old serving side's foreign keys parked. */
    Transition reversed() throws SQLException {
        try (Connection connection = database.connect()) {
            new Parking(plan).park(connection, plan.serving(), plan.servingSchema());
        }
        return new Transition(
                database, dataSource, plan(database, plan.serving().other()));
    }

    Placement placement() {
        return Placement.of(dataSource, dataSource);
    }

    void installNet() throws Exception {
        new Net(plan).install(placement());
    }

    void backfill() throws Exception {
        new Backfill(placement(), plan, 2, Throttle.NONE).run(() -> false);
    }

    void resync() throws Exception {
        new Resync(placement(), plan).drain(System.nanoTime() + TimeUnit.SECONDS.toNanos(60));
    }

    Verification verify() throws Exception {
        return new Verifier(placement(), plan).run(Verifier.Scope.ALL, () -> false, rows -> {});
    }

    /** Removes the net from both sides of a plan. */
    static void removeNet(MirrorPlan plan, Placement placement) throws Exception {
        NetRemoval net = new NetRemoval(plan.transition(), plan.tenant());
        net.from(placement.serving(), plan.servingSchema());
        net.from(placement.idle(), plan.idleSchema());
    }
}
