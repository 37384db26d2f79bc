// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.schema.migration.MadeByMigrations;
import dev.cutover.dualwrite.schema.migration.MigrationFailedException;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes migrations of the schema that serves back, in place, by their undo scripts. */
public final class UndoVerb implements Verb<VerbRequest.Undo> {
    @Override
    public String name() {
        return "undo";
    }

    @Override
    public Outcome run(Tenant tenant, VerbRequest.Undo request, Listener listener)
            throws RefusedException, SQLException, InterruptedException {
        ServingSchema serving = ServingSchema.of(tenant, name());
        String to = target(serving, request.to());
        if (to.equals(serving.version())) {
            tenant.assertLead();
            MadeByMigrations.InPlace last = serving.inPlace();
            if (!request.dryRun() && (last.unfinished() || last.undone(to))) {
                serving.changed(to, null);
            }
            return new Outcome(
                    "nothing to do: " + serving.side().label() + " is at schema version " + serving.version());
        }
        List<String> plan;
        try {
            plan = serving.tool().undoPlan(serving.database(), serving.schema(), to);
        } catch (MigrationFailedException e) {
            throw new RefusedException(e.getMessage() + "; nothing has changed");
        }
        if (request.dryRun()) {
            return Outcome.planned(
                    plan.size() + " undo script(s) would run; nothing was changed",
                    List.of(),
                    plan.stream().map(each -> "run " + each).toList());
        }
        tenant.assertLead();
        try {
            List<String> run = serving.tool().undo(serving.database(), serving.schema(), to, listener.cancelled());
            String version = serving.changed(to, null);
            return new Outcome(serving.side().label() + " is back at schema version " + version + " ("
                    + String.join(", ", run) + ")");
        } catch (MigrationFailedException e) {
            serving.undoneInPart(to);
            throw new SQLException(e.getMessage(), e);
        }
    }

    private static String target(ServingSchema serving, @Nullable String asked) throws RefusedException, SQLException {
        if (asked != null) {
            return asked;
        }
        String before = serving.inPlace().before();
        if (before == null) {
            throw new RefusedException("schema version " + serving.version() + " was not reached by cutover migrate;"
                    + " name the version to return to by --to");
        }
        return before;
    }
}
