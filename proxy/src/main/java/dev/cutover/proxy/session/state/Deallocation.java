// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.mirror.StatementPlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text that is nothing but a DEALLOCATE. A backend has the statements of the extended protocol by other names, and keeps them for
 * other sessions. So for one of those the server is sent a command that does nothing.
 *
 * <p>Until it is answered nobody knows whether the statements are gone: it may fail, or be skipped after an error. What the client
 * sends behind it waits ({@code Conversation.deallocating}).
 */
public final class Deallocation {
    /** Succeeds and fails where any other command does. */
    public static final String DOES_NOTHING = "RESET cutover.nothing";

    private Deallocation() {}

    public static boolean single(StatementPlan plan) {
        List<Statement> statements = plan.text().statements();
        return statements.size() == 1 && statements.get(0).intent() instanceof Intent.Deallocate;
    }

    /** Whether one of the statements takes prepared statements away. */
    public static boolean any(List<Statement> statements) {
        for (int i = 0; i < statements.size(); i++) {
            Statement statement = statements.get(i);
            if (statement.intent() instanceof Intent.Deallocate
                    || statement.effects().contains(SessionEffect.SQL_DEALLOCATE_ALL)) {
                return true;
            }
        }
        return false;
    }

    /** The name in the DEALLOCATE that the text is; null if it means all statements. */
    public static @Nullable String name(StatementPlan plan) {
        return plan.text().statements().get(0).intent() instanceof Intent.Deallocate deallocate
                ? deallocate.name()
                : null;
    }

    /** The command tag of a DEALLOCATE. */
    public static String tag(Intent intent) {
        return intent instanceof Intent.Deallocate deallocate && deallocate.name() == null
                ? "DEALLOCATE ALL"
                : "DEALLOCATE";
    }
}
