// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.config.PoolMode;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.wire.ErrorFields;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The setting {@code idle_session_timeout}. In transaction mode the server would end a connection that lies in its pool,
 * and never the session that has set it.
 */
public final class IdleSessionTimeout {
    public static final String NAME = "idle_session_timeout";
    private static final Pattern NONE = Pattern.compile("(?i)\\s*'?\\s*(0+\\s*(us|ms|s|min|h|d)?|default)\\s*'?\\s*");

    private IdleSessionTimeout() {}

    /** Why the statements must not run; null if they may. */
    public static @Nullable ErrorFields refusal(SessionContext context, StatementPlan plan) {
        if (context.routing.policy().poolMode() == PoolMode.SESSION) {
            return null;
        }
        List<Statement> statements = plan.text().statements();
        for (int i = 0; i < statements.size(); i++) {
            if (statements.get(i).intent() instanceof Setting setting
                    && setting.change() instanceof Change.Assign assign
                    && assign.name().equals(NAME)
                    && limits(assign.value())) {
                return refusal();
            }
        }
        return null;
    }

    /** Whether the value, as SQL text, is a limit. */
    public static boolean limits(String value) {
        return !NONE.matcher(value).matches();
    }

    public static ErrorFields refusal() {
        return ErrorFields.error(
                        "0A000",
                        "idle_session_timeout cannot be set in transaction mode",
                        "Set it to 0 and limit idle sessions in the client's pool, or have the tenant configured with pool-mode: session.")
                .with(ErrorFields.DETAIL, "It would end a pooled connection and not this session.");
    }
}
