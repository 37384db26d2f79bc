// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.admin;

import dev.cutover.cli.exit.AdminException;
import dev.cutover.config.adminapi.CampaignPlan;
import dev.cutover.config.adminapi.CampaignStatus;
import java.util.List;

/** The admin API's part about campaigns, as Java calls. */
public final class CampaignClient {
    private static final String PATH = "/v1/campaigns";

    private final AdminClient admin;

    public CampaignClient(AdminClient admin) {
        this.admin = admin;
    }

    /** What a campaign would do. @param manifest YAML */
    public CampaignPlan plan(String manifest) throws AdminException {
        return admin.read(admin.call("POST", PATH + "/plan", manifest), CampaignPlan.class);
    }

    /** Starts a campaign; does not wait. @param manifest YAML */
    public CampaignStatus start(String manifest) throws AdminException {
        return admin.read(admin.call("POST", PATH, manifest), CampaignStatus.class);
    }

    /** The newest first. */
    public List<CampaignStatus> all() throws AdminException {
        return admin.list(admin.call("GET", PATH, ""), CampaignStatus.class);
    }

    public CampaignStatus status(String campaign) throws AdminException {
        return admin.read(admin.call("GET", PATH + "/" + AdminClient.encode(campaign), ""), CampaignStatus.class);
    }

    /** @param change pause, resume or cancel */
    public CampaignStatus change(String campaign, String change) throws AdminException {
        String path = PATH + "/" + AdminClient.encode(campaign) + "/" + change;
        return admin.read(admin.call("POST", path, ""), CampaignStatus.class);
    }
}
