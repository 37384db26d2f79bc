// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

/** How many tenants a campaign moves in an hour, and what tenants cost that mirror. */
final class CampaignScenario implements Scenario {
    @Override
    public String name() {
        return "11-campaigns";
    }

    @Override
    public String title() {
        return "Campaigns of many tenants";
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        TenantProxies proxies = new TenantProxies(bench.home(), bench.scenario(name()));
        try (Server server = Server.start(true)) {
            TenantSchemas.create(server, TenantSchemas.BUSY);
            new CampaignRates(proxies, server).run(bench, report);
        }
        try (Server server = Server.start(true)) {
            TenantSchemas.create(server, TenantSchemas.BUSY);
            new IdleMovers(proxies, server).run(bench, report);
        }
    }
}
