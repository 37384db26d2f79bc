package dev.cutover.proxy.control;

import dev.cutover.config.PinnedPolicy;
import dev.cutover.config.PoolMode;
import dev.cutover.config.control.Finding;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.proxy.route.SessionView;
import dev.cutover.proxy.route.TenantSession;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;

/**
 * Names the sessions that keep their backend connection across a flip. Within one database they move on it; to another one
 * they cannot, and {@code pinned: terminate} or {@code --force} ends them.
 */
final class SessionsCanMove implements Guardrail {
    @Override
    public String name() {
        return "sessions-can-move";
    }

    @Override
    public List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) {
        boolean move = mirroring.placement() instanceof OneDatabase;
        List<Finding> findings = new ArrayList<>();
        for (SessionView session : stuck(tenant, move)) {
            String finding = "client " + session.client() + " (pid " + session.pid() + ") is pinned by "
                    + (session.pinned().isEmpty() ? "session mode" : String.join(", ", session.pinned()));
            findings.add(found(finding, move, tenant.routing().policy().pinned()));
        }
        return findings;
    }

    private Finding found(String finding, boolean move, PinnedPolicy policy) {
        if (move) {
            return warning(finding + "; both sides lie in one database, so it moves on its own connection", "");
        }
        return policy == PinnedPolicy.TERMINATE
                ? warning(finding + ", and cannot move to another database; the flip ends it with 57P01", "")
                : blocking(
                        finding + ", and cannot move to another database",
                        "end it, or flip with --force, which ends it with 57P01");
    }

    private static List<SessionView> stuck(Tenant tenant, boolean move) {
        boolean sessionMode = !move && tenant.routing().policy().poolMode() == PoolMode.SESSION;
        return tenant.routing().sessions().stream()
                .map(TenantSession::view)
                .filter(session -> sessionMode || !session.pinned().isEmpty())
                .toList();
    }
}
