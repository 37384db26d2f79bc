// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.TenantConfig;
import dev.cutover.config.campaign.CampaignManifest.Gates;
import org.jspecify.annotations.Nullable;

/** Whether the gate {@code reads-agree} can tell anything of a tenant. */
final class ReadsCompared {
    private ReadsCompared() {}

    /** Why it cannot; null if it can, or is not asked. */
    static @Nullable String problem(Gates gates, TenantConfig tenant) {
        return gates.readsAgree() && tenant.compareReads() == 0
                ? "gate reads-agree: tenants." + tenant.name() + ".compare-reads is 0, so no read is compared"
                : null;
    }
}
