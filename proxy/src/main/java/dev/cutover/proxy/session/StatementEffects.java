// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.session.SessionState.Running;
import org.jspecify.annotations.Nullable;

/** What a statement that has succeeded changes in its session: here, on its backend, and in what the client knows. */
final class StatementEffects {
    private final SessionContext context;
    private final BackendPreparer handover;
    private final PrepareStatementTracker bySql;

    StatementEffects(SessionContext context, BackendPreparer handover) {
        this.context = context;
        this.handover = handover;
        this.bySql = new PrepareStatementTracker(context);
    }

    /** @param rolledBack whether the command tag says ROLLBACK */
    void completed(@Nullable Running running, Statement statement, boolean rolledBack) {
        context.transaction.completed(statement, rolledBack);
        context.emptyBlock.completed();
        if (context.transaction.schemaChanges()) {
            context.routing.schemaChanged();
        }
        if (running == null) {
            return;
        }
        BackendConnection backend = running.backend();
        if (statement.intent() instanceof Intent.Ddl ddl && changesDefaults(ddl.command())) {
            handover.defaultsChange();
        }
        if (statement.intent() instanceof Intent.Setting setting && setting.change() instanceof Change.DiscardAll) {
            context.pins.clear();
            handover.discarded(backend);
            bySql.deallocateAll(backend);
        }
        if (statement.effects().contains(SessionEffect.SQL_DEALLOCATE_ALL)) {
            bySql.deallocateAll(backend);
        } else if (statement.intent() instanceof Intent.Prepare prepare) {
            bySql.prepared(running.route(), prepare);
        } else if (statement.intent() instanceof Intent.Deallocate deallocate && deallocate.name() != null) {
            bySql.deallocated(backend, deallocate.name());
        }
    }

    /** Whether it may change what a new session of the server begins with. */
    private static boolean changesDefaults(String command) {
        return switch (command) {
            case "ALTER ROLE", "ALTER USER", "ALTER DATABASE" -> true;
            default -> false;
        };
    }
}
