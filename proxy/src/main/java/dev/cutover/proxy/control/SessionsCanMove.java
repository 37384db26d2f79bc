package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import dev.cutover.proxy.route.SessionView;
import dev.cutover.proxy.route.TenantSession;
import java.sql.Connection;
import java.util.List;

/** Names the sessions that keep their backend connection across the flip. */
final class SessionsCanMove implements Guardrail {
    @Override
    public String name() {
        return "sessions-can-move";
    }

    @Override
    public List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) {
        return tenant.routing().sessions().stream()
                .map(TenantSession::view)
                .filter(session -> !session.pinned().isEmpty())
                .map(session -> warning(describe(session), ""))
                .toList();
    }

    private static String describe(SessionView session) {
        return "client " + session.client() + " (pid " + session.pid() + ") is pinned by "
                + String.join(", ", session.pinned())
                + "; both sides lie in one database, so it moves on its own connection";
    }
}
