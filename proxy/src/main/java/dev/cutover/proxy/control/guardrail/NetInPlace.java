// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.BypassingWriters;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.net.Fence;
import dev.cutover.dualwrite.net.Net;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Every trigger of the net stands on every mapped table of both sides, and the fence on those of the idle side. */
final class NetInPlace implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.NET_IN_PLACE;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        List<String> gaps = new ArrayList<>(new Net(now.plan()).gaps(now.placement()));
        if (now.config().bypassingWriters() == BypassingWriters.REFUSE) {
            try (Connection idle = now.placement().idle().getConnection()) {
                gaps.addAll(new Fence(now.plan()).gaps(idle));
            }
        }
        return gaps.isEmpty()
                ? List.of()
                : List.of(blocking(
                        "parts of the net are missing, disabled or changed: " + String.join("; ", gaps),
                        "cutover doctor " + now.plan().tenant() + " --repair installs them again; then verify"));
    }
}
