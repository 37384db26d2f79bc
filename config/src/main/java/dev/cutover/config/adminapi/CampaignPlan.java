// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.List;

/**
 * What a campaign would do.
 *
 * @param seconds how long it would take about, with the bakes and without waiting for windows; -1 if that is unknown
 * @param basis what the times are estimated from
 */
public record CampaignPlan(String campaign, List<Wave> waves, long seconds, String basis) {

    /**
     * Tenants that move together.
     *
     * @param parallel how many tenants move at once
     * @param atomic whether all of them flip at one instant, or none
     * @param seconds how long it would take about, with its bake; -1 if that is unknown
     */
    public record Wave(String name, int parallel, boolean atomic, long seconds, List<PlannedTenant> tenants) {}

    /**
     * A tenant of a wave.
     *
     * @param bytes what the tables of its serving side take with their indexes, as a measure of what the new side will; -1 if it is unknown
     * @param seconds how long its move would take about; -1 if that is unknown
     * @param blockers what keeps it from moving, as far as its recorded state tells
     */
    public record PlannedTenant(String tenant, long bytes, long seconds, List<String> blockers) {}
}
