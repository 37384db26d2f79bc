// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.PinnedPolicy;
import dev.cutover.config.PoolMode;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.database.Placement.OneDatabase;
import dev.cutover.proxy.control.guardrail.GuardrailContext.ProxyClients;
import dev.cutover.proxy.route.SessionView;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;

/**
 * Names the sessions that keep their backend connection across a flip. Within one database they move on it; to another one
 * they cannot, and {@code pinned: terminate} or {@code --force} ends them.
 */
final class SessionsCanMove implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.SESSIONS_CAN_MOVE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        boolean move = now.placement() instanceof OneDatabase;
        List<Finding> findings = new ArrayList<>(silent(now, "which sessions it has"));
        for (ProxyClients each : now.clients()) {
            String at = each.proxy().isEmpty() ? "" : " at " + each.proxy();
            ClientSurvey survey = each.survey();
            for (SessionView session : survey == null ? List.<SessionView>of() : stuck(survey, now, move)) {
                String finding = "client " + session.client() + " (pid " + session.pid() + ")" + at + " is pinned by "
                        + (session.pinned().isEmpty() ? "session mode" : String.join(", ", session.pinned()));
                findings.add(found(finding, move, now.routing().policy().pinned()));
            }
        }
        return findings;
    }

    private Finding found(String finding, boolean move, PinnedPolicy policy) {
        if (move) {
            return note(
                    finding + "; both sides lie in one database, so it moves on its own connection",
                    "nothing to do; if it is not to move, end it before the flip");
        }
        return policy == PinnedPolicy.TERMINATE
                ? note(
                        finding + ", and cannot move to another database; the flip ends it with 57P01",
                        "see that its client connects again after that")
                : blocking(
                        finding + ", and cannot move to another database",
                        "end it, or flip with --force, which ends it with 57P01");
    }

    private static List<SessionView> stuck(ClientSurvey survey, GuardrailContext now, boolean move) {
        boolean sessionMode = !move && now.routing().policy().poolMode() == PoolMode.SESSION;
        return survey.sessions().stream()
                .filter(session -> sessionMode || !session.pinned().isEmpty())
                .toList();
    }
}
