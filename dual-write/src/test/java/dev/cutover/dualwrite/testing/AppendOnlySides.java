// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import dev.cutover.config.Mapping;
import dev.cutover.config.Mapping.Dropped;
import dev.cutover.config.Mapping.TableMapping;
import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.PlanBuilder;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.net.Net;
import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;

/** A tenant in one database that mirrors one table, {@code log (line text)}, which is append-only and has three old rows. */
public record AppendOnlySides(TestDatabase database, DataSource dataSource, MirrorPlan plan) {
    public static AppendOnlySides mirrored(TestDatabase database) throws Exception {
        database.execute(
                "CREATE SCHEMA v1; CREATE SCHEMA v2; CREATE TABLE v1.log (line text); CREATE TABLE v2.log (line text);"
                        + "INSERT INTO v1.log VALUES ('old'), ('old'), ('older')");
        DataSource dataSource = database.dataSource();
        TransitionSchema.USUAL.migrate(dataSource);
        AppendOnlySides sides = new AppendOnlySides(database, dataSource, plan(database));
        new Net(sides.plan).install(sides.placement());
        return sides;
    }

    private static MirrorPlan plan(TestDatabase database) throws Exception {
        TableMapping log = new TableMapping(
                "log", "log", List.of(), Map.of(), Map.of(), Map.of(), Map.of(), Dropped.NOTHING, true);
        try (Connection connection = database.connect()) {
            PlanBuilder builder = new PlanBuilder(
                    new Mapping(Map.of("log", log), Set.of()),
                    CatalogReader.read(connection, "v1"),
                    CatalogReader.read(connection, "v2"));
            return new MirrorPlan(
                    "acme",
                    Side.BLUE,
                    "v1",
                    "v2",
                    MirrorToken.of("secret", 1),
                    MirrorMode.INLINE,
                    builder.tables(Side.BLUE),
                    UserNames.NONE);
        }
    }

    public Placement placement() {
        return Placement.of(dataSource, dataSource);
    }

    public TablePlan table() {
        return plan.tables().get("log");
    }

    /** The idle side's rows. */
    public List<String> idleRows() throws Exception {
        return database.query("SELECT line FROM v2.log ORDER BY 1");
    }
}
