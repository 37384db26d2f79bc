package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.Intent;
import dev.cutover.dualwrite.rewrite.StatementPlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A DEALLOCATE of statements that the client has prepared by the extended protocol. The backend has them by other names and keeps
 * them for other sessions, so the server is sent a command that does nothing. They are gone for the client as soon as that is
 * sent: what follows in the same pipeline may prepare them again.
 *
 * @param removed put back if the command is never run
 */
record Deallocation(List<PreparedStatement> removed) {
    /** Succeeds and fails where any other command does. */
    static final String DOES_NOTHING = "RESET cutover.nothing";

    /** Whether the text is nothing but a DEALLOCATE. */
    static boolean single(StatementPlan plan) {
        List<Statement> statements = plan.text().statements();
        return statements.size() == 1 && statements.get(0).intent() instanceof Intent.Deallocate;
    }

    /** Begins the DEALLOCATE that the text is; null if the server has to do it. */
    static @Nullable Deallocation begin(SessionContext context, StatementPlan plan) {
        if (!(plan.text().statements().get(0).intent() instanceof Intent.Deallocate deallocate)) {
            return null;
        }
        String name = deallocate.name();
        if (name == null) {
            boolean virtualOnly =
                    !context.pins.pinned() && context.sqlPrepared.isEmpty() && !context.statements.anyOpaque();
            return virtualOnly ? new Deallocation(context.statements.removeNamed()) : null;
        }
        if (!virtual(context, name)) {
            return null;
        }
        PreparedStatement statement = context.statements.get(name);
        context.statements.remove(name);
        return statement == null ? null : new Deallocation(List.of(statement));
    }

    /** Whether the backend has the statement by another name, if at all. */
    static boolean virtual(SessionContext context, String name) {
        PreparedStatement statement = name.isEmpty() ? null : context.statements.get(name);
        return statement != null && !statement.opaque() && !context.sqlPrepared.has(name);
    }

    /** The command tag of a DEALLOCATE. */
    static String tag(Intent intent) {
        return intent instanceof Intent.Deallocate deallocate && deallocate.name() == null
                ? "DEALLOCATE ALL"
                : "DEALLOCATE";
    }
}
