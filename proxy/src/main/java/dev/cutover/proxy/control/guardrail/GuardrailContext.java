// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.Side;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.dualwrite.catalog.Uncarried;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.schema.difference.SideCatalog;
import dev.cutover.proxy.route.TenantRouting;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mirroring tenant, as guardrails see it.
 *
 * @param plan what mirroring works by
 * @param placement where the sides of the plan lie
 * @param drawn what the two catalogs and the mapping give now
 * @param verified the last verification since mirroring began
 * @param clients of each proxy
 * @param searchPath a side's, as SQL text
 * @param back whether the next flip is a rollback
 * @param now when the guardrails look
 */
public record GuardrailContext(
        TenantConfig config,
        TenantRouting routing,
        MirrorPlan plan,
        Placement placement,
        Drawn drawn,
        Verified verified,
        List<ProxyClients> clients,
        Function<Side, String> searchPath,
        boolean back,
        Instant now) {

    /**
     * Plans made from the catalogs as they are now.
     *
     * @param out in the direction of {@link GuardrailContext#plan}
     * @param back in the other one, which a rollback takes
     * @param problems why one of them cannot be carried out
     * @param uncarried what they leave out on either side; empty if there are problems
     */
    public record Drawn(MirrorPlan out, MirrorPlan back, List<Finding> problems, List<Uncarried> uncarried) {}

    /**
     * The last verification.
     *
     * @param at null if there was none
     * @param incarnation that of the servers that it compared
     */
    public record Verified(
            long mismatches, @Nullable Instant at, @Nullable String incarnation) {}

    /**
     * The clients of one proxy.
     *
     * @param proxy where they are, for messages; empty for the proxy that runs the operation
     * @param survey null if the proxy did not answer
     */
    public record ProxyClients(String proxy, @Nullable ClientSurvey survey) {}

    /** The answers of all proxies. */
    List<ClientSurvey> surveys() {
        return clients.stream()
                .map(ProxyClients::survey)
                .filter(Objects::nonNull)
                .toList();
    }

    SideCatalog servingCatalog() {
        return new SideCatalog(placement.serving(), plan.servingSchema());
    }

    SideCatalog idleCatalog() {
        return new SideCatalog(placement.idle(), plan.idleSchema());
    }

    String tenant() {
        return config.name();
    }
}
