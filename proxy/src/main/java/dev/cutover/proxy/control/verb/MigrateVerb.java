// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.schema.migration.AdditiveCheck;
import dev.cutover.dualwrite.schema.migration.MadeByMigrations;
import dev.cutover.dualwrite.schema.migration.MigrationFailedException;
import dev.cutover.dualwrite.schema.migration.PendingMigration;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Migrates the schema that serves, in place, while clients use it. For changes that are additive: clients of the old version must be able
 * to live with the new schema.
 */
public final class MigrateVerb implements Verb<VerbRequest.Migrate> {
    private static final String ADDITIVE = "additive-migrations";
    private static final String AS_MIGRATED = "schema-as-migrated";
    private static final int MOST_SHOWN = 20;

    @Override
    public String name() {
        return "migrate";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Migrate request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        ServingSchema serving = ServingSchema.of(tenant, name());
        try {
            return run(serving, request, listener);
        } catch (MigrationFailedException e) {
            throw new SQLException(e.getMessage(), e);
        }
    }

    private static Outcome run(ServingSchema serving, VerbRequest.Migrate request, Listener listener)
            throws RefusedException, SQLException, InterruptedException, MigrationFailedException {
        refuse(serving.tool().obstacles(serving.database(), serving.schema(), false));
        List<PendingMigration> pending = serving.tool().pending(serving.database(), serving.schema());
        MadeByMigrations.Drift drift = serving.drift();
        refuseDrift(drift);
        if (pending.isEmpty()) {
            serving.tenant().assertLead();
            MadeByMigrations.InPlace last = serving.inPlace();
            if (last.unfinished() && !request.dryRun()) {
                serving.changed(last.before(), null);
            }
            return new Outcome("nothing to do: " + serving.side().label() + " is at schema version " + serving.version()
                    + ", and no migration is pending");
        }
        List<Finding> findings = notAdditive(Stream.concat(pending.stream(), serving.tool().callbacks().stream())
                .toList());
        if (!findings.isEmpty() && !request.breaking()) {
            throw new RefusedException(
                    findings.size() + " statement(s) are not additive, the first: "
                            + findings.get(0).finding(),
                    findings);
        }
        if (request.snapshot()) {
            SideSnapshot.require(serving.tenant(), serving.side());
        }
        if (request.dryRun()) {
            return Outcome.planned(
                    pending.size() + " migration(s) would run; nothing was changed",
                    findings,
                    pending.stream().map(each -> "run " + each.name()).toList());
        }
        if (request.snapshot()) {
            String snapshot = SideSnapshot.take(serving.tenant(), serving.side(), listener.cancelled())
                    .name();
            listener.changed("snapshot " + snapshot + " was taken");
        }
        String before = serving.begin();
        int applied = migrate(serving, listener);
        MadeByMigrations.Expected expected = expected(serving, drift, listener.cancelled());
        String version = serving.changed(before, expected.lines());
        refuseDrift(serving.drift());
        return new Outcome(
                serving.side().label() + " is at schema version " + version + " (" + applied
                        + " migrations applied in place)" + notCompared(expected),
                findings);
    }

    private static String notCompared(MadeByMigrations.Expected expected) {
        return expected.unknown().isEmpty()
                ? ""
                : "; it was not compared with what the migrations make: " + expected.unknown();
    }

    /** Where a migration fails, the ones before it have been applied. */
    private static int migrate(ServingSchema serving, Listener listener)
            throws MigrationFailedException, SQLException, InterruptedException {
        try {
            int applied = serving.tool().migrate(serving.database(), serving.schema(), listener.cancelled());
            listener.changed(applied + " migrations were applied to schema " + serving.schema());
            return applied;
        } catch (MigrationFailedException e) {
            try {
                serving.migratedInPart();
            } catch (SQLException unnoted) {
                e.addSuppressed(unnoted);
            }
            throw e;
        }
    }

    /**
     * Not known for a schema that was taken over by a baseline: its migrations alone do not make it. Where it is not known what they had
     * made before, differences would not be theirs.
     */
    private static MadeByMigrations.Expected expected(
            ServingSchema serving, MadeByMigrations.Drift before, BooleanSupplier cancelled)
            throws SQLException, InterruptedException {
        if (before.lines() == null || serving.tool().baselined(serving.database(), serving.schema())) {
            return new MadeByMigrations.Expected(null, "");
        }
        return MadeByMigrations.expected(
                serving.tool(), serving.database(), serving.transition(), serving.schema(), cancelled);
    }

    private static void refuse(List<String> obstacles) throws RefusedException {
        if (!obstacles.isEmpty()) {
            throw new RefusedException(
                    obstacles.get(0) + (obstacles.size() == 1 ? "" : "; and " + (obstacles.size() - 1) + " more"));
        }
    }

    private static void refuseDrift(MadeByMigrations.Drift drift) throws RefusedException {
        List<String> lines = drift.lines();
        if (lines != null && !lines.isEmpty()) {
            throw new RefusedException(
                    "the schema is not as its migrations make it: " + lines.get(0), asMigrated(lines));
        }
    }

    private static List<Finding> notAdditive(List<PendingMigration> pending) {
        List<Finding> findings = new ArrayList<>();
        for (PendingMigration migration : pending) {
            for (AdditiveCheck.Breaking each : AdditiveCheck.breaking(migration.script())) {
                findings.add(new Finding(
                        ADDITIVE,
                        true,
                        migration.name() + " line " + each.line() + ": " + each.why() + ": " + each.statement(),
                        "move the tenant to the other side instead, or say --breaking"));
            }
        }
        return findings;
    }

    private static List<Finding> asMigrated(List<String> lines) {
        return lines.stream()
                .limit(MOST_SHOWN)
                .map(line -> new Finding(
                        AS_MIGRATED,
                        true,
                        (line.startsWith("+") ? "not made by a migration: " : "made by a migration, and not there: ")
                                + line.substring(2),
                        "write a migration for it, or take it back"))
                .toList();
    }
}
