// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.List;

/** What a campaign would do. */
public record CampaignPlan(String campaign, List<Wave> waves) {

    /**
     * Tenants that move together.
     *
     * @param parallel how many tenants move at once
     * @param atomic whether all of them flip at one instant, or none
     */
    public record Wave(String name, int parallel, boolean atomic, List<PlannedTenant> tenants) {}

    /**
     * A tenant of a wave.
     *
     * @param bytes what the tables of its serving side take with their indexes, as a measure of what the new side will; -1 if it is unknown
     * @param blockers what keeps it from moving, as far as its recorded state tells
     */
    public record PlannedTenant(String tenant, long bytes, List<String> blockers) {}
}
