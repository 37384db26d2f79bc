package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import dev.cutover.dualwrite.net.Net;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Every trigger of the net stands on every mapped table of both sides. */
final class NetInPlace implements Guardrail {
    @Override
    public String name() {
        return "net-in-place";
    }

    @Override
    public List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) throws SQLException {
        List<String> gaps = new Net(mirroring.plan()).gaps(mirroring.placement());
        return gaps.isEmpty()
                ? List.of()
                : List.of(blocking(
                        "triggers of the net are missing or disabled: " + String.join("; ", gaps),
                        "abort, then prepare and mirror again"));
    }
}
