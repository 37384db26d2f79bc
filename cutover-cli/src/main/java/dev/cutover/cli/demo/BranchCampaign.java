// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import dev.cutover.cli.admin.CampaignClient;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.CampaignTenant.State;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The campaign of the branches: all of them move under load in two waves. One has a fault that shows after its flip, and goes back alone.
 */
final class BranchCampaign {
    private static final String NAME = "branches";
    private static final long LOOK_MILLIS = 250;
    private static final String MANIFEST = """
            campaign: %s
            tenants: {match: "branch_*"}
            waves:
              - {name: canary, tenants: [branch_01], bake: 2s}
              - {name: rest, parallel: 6, bake: 3s}
            gates:
              sql: [{side: serving, text: "SELECT count(*) FROM customers WHERE last_name = ''", expect: "0"}]
            on-failure: {budget: 2}
            complete: {after: 0s}
            """.formatted(NAME);

    private final Sandbox sandbox;
    private final DemoTimeline timeline;
    private final CampaignClient client;
    private final List<BranchClient> clients = new ArrayList<>();

    BranchCampaign(Sandbox sandbox, DemoTimeline timeline) {
        this.sandbox = sandbox;
        this.timeline = timeline;
        this.client = new CampaignClient(sandbox.admin());
    }

    /**
     * What came of it.
     *
     * @param proven whether each branch is where it should be, and has every order that its client was told of
     * @param completed the branches that now run version 2
     * @param failed those that went back
     * @param orders that clients were told of
     * @param lost of these, the missing ones
     */
    record Outcome(boolean proven, int completed, List<String> failed, long orders, long lost, List<String> errors) {}

    Outcome run() throws AdminException, SQLException, InterruptedException {
        timeline.event("%d branches move in a campaign; each has a client", BranchData.TENANTS.size());
        for (String tenant : BranchData.TENANTS) {
            BranchClient each = new BranchClient(sandbox, tenant);
            clients.add(each);
            each.start();
        }
        CampaignStatus ended;
        try {
            client.start(MANIFEST);
            ended = watch();
        } finally {
            for (BranchClient each : clients) {
                each.stop();
            }
        }
        return outcome(ended);
    }

    private CampaignStatus watch() throws AdminException, InterruptedException {
        Set<String> told = new HashSet<>();
        while (true) {
            CampaignStatus status = client.status(NAME);
            tenants(status).stream()
                    .filter(tenant -> tenant.state() != State.WAITING && tenant.state() != State.MOVING)
                    .filter(tenant -> told.add(tenant.tenant() + tenant.state()))
                    .forEach(this::tell);
            if (status.state() != CampaignStatus.State.RUNNING) {
                timeline.event("campaign %s: %s", NAME, status.state());
                return status;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private void tell(CampaignTenant tenant) {
        switch (tenant.state()) {
            case BAKING -> timeline.event("  %s  version 2 serves and is watched", tenant.tenant());
            case GOING_BACK -> timeline.event("  %s  GOES BACK: %s", tenant.tenant(), String.valueOf(tenant.reason()));
            case FAILED -> timeline.event("  %s  version 1 serves again", tenant.tenant());
            default -> {}
        }
    }

    private static List<CampaignTenant> tenants(CampaignStatus status) {
        return status.waves().stream().flatMap(wave -> wave.tenants().stream()).toList();
    }

    private Outcome outcome(CampaignStatus ended) throws SQLException {
        List<String> failed = tenants(ended).stream()
                .filter(tenant -> tenant.state() == State.FAILED)
                .map(CampaignTenant::tenant)
                .toList();
        int completed = (int) tenants(ended).stream()
                .filter(tenant -> tenant.state() == State.COMPLETED)
                .count();
        long orders = 0;
        long lost = 0;
        List<String> errors = new ArrayList<>();
        try (Connection direct = sandbox.connectDirectly(BranchData.DATABASE);
                Statement statement = direct.createStatement()) {
            for (BranchClient each : clients) {
                String schema = each.tenant() + (failed.contains(each.tenant()) ? "_v1" : "_v2");
                try (ResultSet count = statement.executeQuery("SELECT count(*) FROM " + schema + ".orders")) {
                    count.next();
                    lost += Math.abs(each.orders() - count.getLong(1));
                }
                orders += each.orders();
                errors.addAll(each.errors());
            }
        }
        boolean proven = failed.equals(List.of(BranchData.FAULTY))
                && completed == BranchData.TENANTS.size() - 1
                && lost == 0
                && errors.isEmpty()
                && orders > 0;
        timeline.event(
                "campaign %s: %d branches completed, %s went back alone; %,d acknowledged orders, %d lost, %d client"
                        + " errors",
                NAME, completed, failed, orders, lost, errors.size());
        return new Outcome(proven, completed, failed, orders, lost, errors);
    }
}
