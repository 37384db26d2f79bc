// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import dev.cutover.cli.demo.ClientLatencies.Percentiles;
import java.util.List;

/** What the demo measured and proved; also written to {@code target/demo/report.json}. */
public record DemoReport(
        boolean proven,
        long statements,
        long errors,
        long lostWrites,
        long acknowledgedFacts,
        List<TenantReport> tenants,
        BranchCampaign.Outcome campaign,
        Percentiles latencyMillis,
        Percentiles latencyMillisDuringFlips,
        Percentiles latencyMillisOutsideFlips,
        double seconds) {

    /** @param mismatches rows that differed in any verification that followed the first clean one */
    public record TenantReport(
            String name, int flips, int rollbacks, List<Double> holdMillis, long rowsVerified, long mismatches) {}
}
