// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.session.state.SessionSettings;
import dev.cutover.proxy.wire.ErrorFields;
import org.jspecify.annotations.Nullable;

/**
 * Tells the error of a server that takes no writes, such as a primary that has been demoted, from that of a transaction which its
 * client has made read-only. Releases before 14 report neither setting: there the session's own says it.
 */
final class ReadOnlyServer {
    private static final String SQL_STATE = "25006";
    /** The server's functions that refuse a command. The fence's error comes from elsewhere. */
    private static final String ROUTINE = "PreventCommand";

    private static final String READ_ONLY = "default_transaction_read_only";

    private ReadOnlyServer() {}

    static boolean says(ErrorFields error, ServerParameters reported, SessionSettings settings) {
        String routine = error.get(ErrorFields.ROUTINE);
        if (!error.sqlState().equals(SQL_STATE) || routine == null || !routine.startsWith(ROUTINE)) {
            return false;
        }
        String standby = reported.get("in_hot_standby");
        boolean own = settings.current(READ_ONLY) != null;
        return isOn(standby) || !own && (standby == null || isOn(reported.get(READ_ONLY)));
    }

    private static boolean isOn(@Nullable String value) {
        return "on".equals(value);
    }
}
