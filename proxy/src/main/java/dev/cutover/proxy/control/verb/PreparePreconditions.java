// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.SchemaHistory;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mapping.OneSidedMapping;
import dev.cutover.dualwrite.mapping.PlanProblem;
import dev.cutover.dualwrite.schema.DdlRehearsal;
import dev.cutover.dualwrite.schema.Obstacle;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.schema.migration.Migration;
import dev.cutover.dualwrite.schema.migration.MigrationTool;
import dev.cutover.dualwrite.schema.migration.MigrationTools;
import dev.cutover.dualwrite.schema.privilege.MaintenanceRights;
import dev.cutover.dualwrite.schema.privilege.Privileges;
import dev.cutover.proxy.control.guardrail.GuardrailContext.Drawn;
import dev.cutover.proxy.control.guardrail.Guardrails;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds what has {@code prepare} fail, before it changes anything. Each finding blocks or is a note. What only the migrations
 * themselves show is not known here.
 */
public final class PreparePreconditions {
    private static final String RIGHTS = "maintenance-rights";
    private static final String MIGRATIONS = "migrations";

    private final Tenant tenant;
    private final TenantSides movement;
    private final Side serving;
    private final Side idle;
    private final boolean anew;
    private final List<Finding> findings = new ArrayList<>();

    private PreparePreconditions(Tenant tenant, TenantSides movement, boolean anew) {
        this.tenant = tenant;
        this.movement = movement;
        this.serving = tenant.row().serving();
        this.idle = serving.other();
        this.anew = anew;
    }

    /** @param anew whether the idle side's schema is to be dropped and made again */
    static List<Finding> findings(Tenant tenant, TenantSides movement, boolean anew)
            throws SQLException, InterruptedException {
        PreparePreconditions looking = new PreparePreconditions(tenant, movement, anew);
        looking.look();
        return looking.findings;
    }

    /** Only what concerns servers, roles and rights: later verbs need these, too. */
    public static List<Finding> ofMaintenance(Tenant tenant, TenantSides movement) throws SQLException {
        PreparePreconditions looking = new PreparePreconditions(tenant, movement, false);
        looking.reach();
        if (looking.findings.isEmpty()) {
            try (Connection serving = movement.database(looking.serving).getConnection();
                    Connection idle = movement.database(looking.idle).getConnection()) {
                looking.rights(serving, idle, false);
            }
        }
        return looking.findings;
    }

    private void reach() throws SQLException {
        findings.addAll(Guardrails.reach(movement.database(serving), serving, movement.config()));
        if (!movement.oneDatabase()) {
            findings.addAll(Guardrails.reach(movement.database(idle), idle, movement.config()));
        }
    }

    private void look() throws SQLException, InterruptedException {
        reach();
        if (!findings.isEmpty()) {
            return;
        }
        boolean there;
        String version;
        try (Connection servingConnection = movement.database(serving).getConnection();
                Connection idleConnection = movement.database(idle).getConnection()) {
            there = CatalogReader.schemaExists(idleConnection, movement.schema(idle));
            rights(servingConnection, idleConnection, movement.config().migrations() != null);
            if (findings.stream().anyMatch(finding -> finding.guardrail().equals(RIGHTS))) {
                // Without the rights the rest cannot be read.
                return;
            }
            roles(servingConnection, idleConnection);
            if (there && !anew) {
                rows(idleConnection);
            }
            version = there && !anew ? SchemaHistory.version(idleConnection, movement.schema(idle)) : null;
        }
        boolean made = there && !anew && migrations(version != null);
        if (!there || anew) {
            migrationsOfNothing();
        }
        if (made) {
            mapping();
        } else {
            oneSidedMapping();
        }
    }

    private void rights(Connection servingConnection, Connection idleConnection, boolean migrates) throws SQLException {
        Set<String> ignored = movement.config().mapping().ignored();
        List<Obstacle> obstacles = new ArrayList<>(MaintenanceRights.ofServing(
                servingConnection, movement.transition(), movement.schema(serving), ignored));
        MaintenanceRights.ofIdle(idleConnection, movement.transition(), movement.schema(idle), ignored, anew, migrates)
                .stream()
                .filter(obstacle -> !obstacles.contains(obstacle))
                .forEach(obstacles::add);
        reachesNeighbours(servingConnection, serving, obstacles);
        if (!movement.oneDatabase()) {
            reachesNeighbours(idleConnection, idle, obstacles);
        }
        parkedElsewhere(idleConnection, obstacles);
        obstacles.forEach(obstacle -> block(RIGHTS, obstacle.what(), obstacle.remedy()));
        if (obstacles.isEmpty()) {
            rehearse(servingConnection, serving);
            if (!movement.oneDatabase()) {
                rehearse(idleConnection, idle);
            }
        }
    }

    private void reachesNeighbours(Connection connection, Side side, List<Obstacle> obstacles) throws SQLException {
        obstacles.addAll(tenant.neighbours().reached(connection, movement.side(side)));
    }

    /** A prepare that was killed may have left something in the schema that the file named then. */
    private void parkedElsewhere(Connection idleConnection, List<Obstacle> obstacles) throws SQLException {
        TransitionSchema before = new TransitionSchema(tenant.row().transitionSchema());
        if (!before.equals(movement.transition()) && Parking.holds(idleConnection, before, tenant.name())) {
            obstacles.add(new Obstacle(
                    "foreign keys or triggers of " + idle.label() + " are parked in schema " + before.name()
                            + ", and tenants." + tenant.name() + ".maintenance.schema is now "
                            + movement.transition().name(),
                    "set it to " + before.name() + " again and run doctor --repair, which puts them back"));
        }
    }

    private void rehearse(Connection connection, Side side) throws SQLException {
        DdlRehearsal.refused(
                        connection, movement.transition(), movement.side(side).database())
                .ifPresent(obstacle -> block("event-triggers", obstacle.what(), obstacle.remedy()));
    }

    private void roles(Connection servingConnection, Connection idleConnection) throws SQLException {
        List<String> missing = Privileges.missingRoles(servingConnection, idleConnection, movement.schema(serving));
        if (!missing.isEmpty()) {
            block(
                    "roles",
                    "the idle side's server does not know the role(s) " + String.join(", ", missing),
                    "create them there: they own or may use tables of the serving side");
        }
    }

    private void rows(Connection idleConnection) throws SQLException {
        List<String> nonEmpty = Migration.nonEmptyTables(idleConnection, movement.schema(idle));
        if (!nonEmpty.isEmpty()) {
            block(
                    "idle-side-empty",
                    "the idle side " + idle.label() + " (schema " + movement.schema(idle) + ") holds rows in "
                            + String.join(", ", nonEmpty),
                    "drop and remake the schema with prepare --clean if they are not needed");
        }
    }

    /** For a schema that prepare does not make from nothing. @return whether all migrations are applied */
    private boolean migrations(boolean versioned) throws InterruptedException {
        MigrationsConfig migrations = movement.config().migrations();
        if (migrations == null) {
            return true;
        }
        MigrationTool tool = MigrationTools.of(migrations);
        List<String> obstacles = tool.obstacles(movement.database(idle), movement.schema(idle), false);
        obstacles.forEach(this::migration);
        return obstacles.isEmpty()
                && versioned
                && tool.problems(movement.database(idle), movement.schema(idle)).isEmpty();
    }

    private void migrationsOfNothing() throws InterruptedException {
        MigrationsConfig migrations = movement.config().migrations();
        if (migrations != null) {
            MigrationTools.of(migrations)
                    .obstacles(movement.database(idle), movement.schema(idle), true)
                    .forEach(this::migration);
            return;
        }
        String path = "tenants." + tenant.name() + ".migrations";
        if (anew) {
            block(
                    MIGRATIONS,
                    "--clean would drop schema " + movement.schema(idle) + ", and no migrations create it again",
                    "name its migrations under " + path + ", or empty its tables and leave --clean out");
        } else {
            block(
                    MIGRATIONS,
                    "the idle side " + idle.label() + " has no schema " + movement.schema(idle)
                            + ", and no migrations make it",
                    "create it, or name its migrations under " + path);
        }
    }

    private void migration(String problem) {
        block(MIGRATIONS, problem, "correct it in what tenants." + tenant.name() + ".migrations names");
    }

    private void mapping() throws SQLException {
        Drawn drawn = MirrorPlans.preview(movement, serving);
        findings.addAll(drawn.problems());
        findings.addAll(Guardrails.mappedTables(drawn));
        findings.addAll(Guardrails.leftBehind(drawn, movement.database(serving)));
    }

    private void oneSidedMapping() throws SQLException {
        try (Connection connection = movement.database(serving).getConnection()) {
            for (PlanProblem problem : OneSidedMapping.problems(
                    movement.config().mapping(),
                    serving,
                    movement.oneDatabase(),
                    connection,
                    movement.schema(serving))) {
                block(GuardrailName.MAPPING.label(), problem.place() + ": " + problem.problem(), problem.remedy());
            }
        }
    }

    private void block(String label, String finding, String remedy) {
        findings.add(new Finding(label, true, finding, remedy));
    }
}
