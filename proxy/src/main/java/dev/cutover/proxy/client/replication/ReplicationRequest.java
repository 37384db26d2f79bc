// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.client.replication;

import dev.cutover.config.Replication;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.wire.ErrorFields;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a startup message asks for by its parameter {@code replication} (chapter 55.4). */
public enum ReplicationRequest {
    NONE,
    LOGICAL,
    PHYSICAL;

    private static final String PARAMETER = "replication";

    /** Everything but {@code database} is a Boolean to the server, or an error that it should report itself. */
    public static ReplicationRequest of(Map<String, String> parameters) {
        String value = parameters.getOrDefault(PARAMETER, "false").toLowerCase(Locale.ROOT);
        if (List.of("false", "off", "no", "0", "f", "n").contains(value)) {
            return NONE;
        }
        return value.equals("database") ? LOGICAL : PHYSICAL;
    }

    public boolean permitted(Replication policy) {
        return switch (this) {
            case NONE -> true;
            case LOGICAL -> policy != Replication.REFUSE;
            case PHYSICAL -> policy == Replication.ANY;
        };
    }

    public ErrorFields refusal(TenantRouting routing) {
        return ErrorFields.fatal(
                "0A000",
                (this == LOGICAL ? "logical" : "physical") + " replication connections of tenant \"" + routing.tenant()
                        + "\" do not pass through the proxy",
                "Set tenants." + routing.tenant() + ".replication in the proxy's configuration, or connect to the"
                        + " server directly.");
    }
}
