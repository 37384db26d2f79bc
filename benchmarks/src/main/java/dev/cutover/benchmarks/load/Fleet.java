// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

/** What several proxies cost: how long a flip holds clients, and what the proxies ask the control database while nobody uses them. */
final class Fleet implements Scenario {
    @Override
    public String name() {
        return "09-fleet";
    }

    @Override
    public String title() {
        return "Several proxies";
    }

    @Override
    public void run(Bench bench, Report report) throws Exception {
        new FleetFlips(bench, bench.scenario(name())).run(report);
        new IdleFleet(bench, bench.scenario(name())).run(report);
    }
}
