// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.util.List;

/** What tenants cost each other: by their mere number, by one that flips, by one that is greedy. */
final class ManyTenants implements Scenario {
    @Override
    public String name() {
        return "05-many-tenants";
    }

    @Override
    public String title() {
        return "Many tenants in one cluster";
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        List<Integer> numbers = bench.quick() ? List.of(1, 20) : List.of(1, 100, 5000);
        int most = numbers.get(numbers.size() - 1);
        TenantProxies proxies = new TenantProxies(bench.home(), bench.home().resolve("benchmarks/scenarios/" + name()));
        try (Server server = Server.start(true)) {
            bench.say("  schemas for %,d tenants", most);
            TenantSchemas.create(server, most);
            MovingSchemas.create(server, 1);
            new TenantNumbers(proxies, server).run(bench, report, numbers);
            try (TenantProxies.Started proxy = proxies.withNeighbours(server, numbers.get(1))) {
                new FlippingNeighbour(proxy).run(bench, report);
                new NoisyNeighbour(proxy, server).run(bench, report);
            }
        }
    }
}
