// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.MigrationsConfig;
import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.schema.Parking;
import dev.cutover.dualwrite.schema.difference.SideCatalog;
import dev.cutover.dualwrite.schema.migration.MadeByMigrations;
import dev.cutover.dualwrite.schema.migration.Migration;
import dev.cutover.dualwrite.schema.migration.MigrationFailedException;
import dev.cutover.dualwrite.schema.migration.MigrationTools;
import dev.cutover.dualwrite.schema.privilege.Grants;
import dev.cutover.dualwrite.schema.privilege.Privileges;
import dev.cutover.proxy.control.guardrail.ForcedGuardrails;
import dev.cutover.proxy.control.guardrail.GuardrailContext.Drawn;
import dev.cutover.proxy.control.guardrail.Guardrails;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord.Verified;
import dev.cutover.proxy.control.tenant.MirrorPlans;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Brings the idle side's schema to its version and lets the tenant's roles write there. */
public final class PrepareVerb implements Verb<VerbRequest.Prepare> {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    @Override
    public String name() {
        return "prepare";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Prepare request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        Outcome already = Repeated.outcome(tenant, VerbName.PREPARE);
        if (already != null && !request.clean() && !request.snapshot()) {
            return already;
        }
        Phases.require(tenant, name(), Phase.STEADY, Phase.PREPARED);
        Phases.requireNoCleanup(tenant);
        TenantSides movement = tenant.movement();
        Side idle = tenant.row().serving().other();
        String schema = movement.schema(idle);
        Placement placement = movement.placement(idle.other());
        Set<GuardrailName> forced = ForcedGuardrails.of(request.forced());
        judge(tenant, movement, request, forced);
        String taken = "";
        if (request.snapshot()) {
            String snapshot = SideSnapshot.take(tenant, idle.other(), listener.cancelled())
                    .name();
            taken = "; snapshot " + snapshot;
            listener.changed("snapshot " + snapshot + " was taken");
        }
        tenant.save(tenant.row().withTransitionSchema(movement.transition().name()));
        placement.databases().forEach(movement.transition()::migrate);
        // Where there was no schema of marks, nobody could be expelled.
        tenant.expelPredecessors();
        if (request.clean() && DropSide.exists(tenant, idle)) {
            tenant.assertLead();
            DropSide.drop(tenant, idle);
            listener.changed("schema " + schema + " of " + idle.label() + " was dropped");
        }
        int applied = migrate(movement, idle, schema, listener.cancelled());
        if (applied > 0) {
            listener.changed(applied + " migrations were applied to schema " + schema + " of " + idle.label());
        }
        Drawn drawn = MirrorPlans.preview(movement, tenant.row().serving());
        MirrorPlan plan = MirrorPlans.orRefuse(drawn, forced);
        List<Finding> left = Guardrails.leftBehind(drawn, placement.serving());
        refuseWhatWouldBeLost(left);
        carryRightsOver(placement, plan);
        Transactions.Steps finish = connection -> {
            new Parking(plan).park(connection, idle, schema);
            // The tables were empty a moment ago: what is there now, the migrations have put in. The backfill brings
            // the
            // serving side's rows, which may have changed since.
            List<String> mapped = plan.tables().values().stream()
                    .map(MirrorPlan.TablePlan::idleTable)
                    .toList();
            List<String> seeded = new ArrayList<>(Migration.nonEmptyTables(connection, schema));
            seeded.retainAll(mapped);
            Migration.empty(connection, schema, seeded);
        };
        Transactions.once(placement.idle(), LOCK_TIMEOUT, finish.asWork());
        tenant.save(tenant.row().withPhase(Phase.PREPARED).withVerification(Verified.NEVER));
        return new Outcome(
                idle.label() + " is at schema version " + orNone(tenant.schemaVersion(idle)) + " (" + applied
                        + " migrations applied), " + plan.tables().size() + " tables are mapped" + taken,
                left);
    }

    /** Refuses what can be known before anything has changed. */
    private static void judge(
            Tenant tenant, TenantSides movement, VerbRequest.Prepare request, Set<GuardrailName> forced)
            throws RefusedException, SQLException, InterruptedException {
        List<Finding> blocking = PreparePreconditions.findings(tenant, movement, request.clean()).stream()
                .filter(finding -> finding.blocking() && !ForcedGuardrails.covers(forced, finding))
                .toList();
        if (!blocking.isEmpty()) {
            Finding first = blocking.get(0);
            throw new RefusedException(
                    blocking.size() + " finding(s) refuse prepare, the first: " + first.finding() + "; "
                            + first.remedy(),
                    blocking);
        }
        Side serving = tenant.row().serving();
        if (request.snapshot()) {
            SideSnapshot.require(tenant, serving);
        }
        if (request.clean() && DropSide.exists(tenant, serving.other())) {
            DropSide.tryOut(tenant, serving.other());
        }
    }

    private static void refuseWhatWouldBeLost(List<Finding> left) throws RefusedException {
        List<Finding> lost = left.stream().filter(Finding::blocking).toList();
        if (!lost.isEmpty()) {
            Finding first = lost.get(0);
            throw new RefusedException(
                    "the mapping leaves out " + lost.size() + " table(s) or column(s) that are not empty, the first: "
                            + first.finding() + "; " + first.remedy(),
                    lost);
        }
    }

    private static void carryRightsOver(Placement placement, MirrorPlan plan) throws RefusedException, SQLException {
        try (Connection serving = placement.serving().getConnection()) {
            List<String> missing;
            try (Connection idle = placement.idle().getConnection()) {
                missing = Privileges.missingRoles(serving, idle, plan.servingSchema());
            }
            if (!missing.isEmpty()) {
                throw new RefusedException("the idle side's server does not know the role(s) "
                        + String.join(", ", missing) + "; create them there");
            }
            Transactions.Steps carryOver = idle -> Privileges.carryOver(serving, idle, plan);
            Transactions.once(placement.idle(), LOCK_TIMEOUT, carryOver.asWork());
            Grants.carryOver(
                    new SideCatalog(placement.serving(), plan.servingSchema()),
                    new SideCatalog(placement.idle(), plan.idleSchema()),
                    plan);
        }
    }

    private static int migrate(TenantSides movement, Side idle, String schema, BooleanSupplier cancelled)
            throws SQLException, InterruptedException {
        MigrationsConfig migrations = movement.config().migrations();
        if (migrations == null) {
            return 0;
        }
        try {
            int applied = MigrationTools.of(migrations).migrate(movement.database(idle), schema, cancelled);
            if (applied > 0) {
                MadeByMigrations.note(movement.database(idle), movement.transition(), schema);
            }
            return applied;
        } catch (MigrationFailedException e) {
            throw new SQLException(e.getMessage(), e);
        }
    }

    private static String orNone(String version) {
        return version.isEmpty() ? "none" : version;
    }
}
