// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.SqlStatements.Definition;
import dev.cutover.proxy.route.Route;

/** What PREPARE and DEALLOCATE that have succeeded leave of a session's prepared statements, here and on its backend. */
final class PrepareStatementTracker {
    private final SessionContext context;

    PrepareStatementTracker(SessionContext context) {
        this.context = context;
    }

    void prepared(Route route, Intent.Prepare prepare) {
        boolean elsewhereToo = context.transaction.replayable()
                && context.sqlPrepared.prepared(
                        prepare.name(),
                        new Definition(
                                prepare.text(),
                                context.settings.current(),
                                context.settings.currentSearchPath(),
                                context.routing.schemaChangedAt(),
                                String.join(",", route.searchPath())));
        if (!elsewhereToo) {
            context.sqlPrepared.kept(prepare.name());
            context.pins.pin(SessionEffect.SQL_PREPARE);
        }
    }

    void deallocated(BackendConnection backend, String name) {
        if (context.sqlPrepared.has(name)) {
            context.sqlPrepared.deallocated(name);
        } else if (context.statements.get(name) != null) {
            context.statements.remove(name);
        } else {
            // By its name on the server, which every session of this backend relies on.
            backend.prepared().forget(name);
        }
    }

    void deallocateAll(BackendConnection backend) {
        backend.prepared().clear();
        context.statements.clear();
        context.sqlPrepared.clear();
    }
}
