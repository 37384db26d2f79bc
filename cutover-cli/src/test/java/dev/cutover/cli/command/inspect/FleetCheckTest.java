// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.cli.exit.ExitCode;
import dev.cutover.config.adminapi.CampaignPlan;
import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FleetCheckTest {
    private static final Finding NOTE = new Finding("inline-mirroring", false, "left to the net", "");
    private static final Finding KEY = new Finding("mapping", true, "v1.log has no key", "add one");
    private static final Finding GRANT = new Finding("grants-there", true, "app may not read v2.t", "grant it");

    private static final CampaignPlan PLAN = new CampaignPlan(
            "check-all",
            List.of(new CampaignPlan.Wave(
                    "all",
                    4,
                    false,
                    65,
                    List.of(
                            new CampaignPlan.PlannedTenant("free", 3 << 20, 5, List.of()),
                            new CampaignPlan.PlannedTenant("one", 90 << 20, 65, List.of())))),
            65,
            "by the 3 moves of campaigns so far");

    private static Movability check(String tenant, State state, String message, Finding... findings) {
        return check(tenant, state, true, message, findings);
    }

    private static Movability check(String tenant, State state, boolean moves, String message, Finding... findings) {
        Operation operation = new Operation(
                "1",
                tenant,
                "check",
                state,
                message,
                null,
                null,
                List.of(),
                List.of(findings),
                List.of(),
                Instant.EPOCH,
                Instant.EPOCH);
        return Movability.of(operation, moves);
    }

    private final FleetCheck.Report report = FleetCheck.Report.of(
            List.of(
                    check("lost", State.FAILED, "the server is down"),
                    check("two", State.REFUSED, "2 finding(s) block it", KEY, GRANT),
                    check("routed", State.REFUSED, false, "no \"green\" side"),
                    check("moving", State.REFUSED, "a flip is under way"),
                    check("one", State.REFUSED, "2 finding(s) block it", KEY, KEY, NOTE),
                    check("free", State.SUCCEEDED, "nothing blocks it", NOTE)),
            PLAN);

    @Test
    void thoseThatCanMoveComeFirst() {
        assertEquals(
                List.of(
                        "free now",
                        "one after changes",
                        "two after changes",
                        "moving refused",
                        "routed not",
                        "lost unknown"),
                report.tenants().stream()
                        .map(each -> each.tenant() + " " + each.verdict().label())
                        .toList());
        assertEquals(ExitCode.REFUSED, report.exitCode());
        assertEquals(
                ExitCode.OK,
                FleetCheck.Report.of(List.of(check("free", State.SUCCEEDED, "", NOTE)), null)
                        .exitCode());
    }

    @Test
    void aCauseCountsOnceForATenant() {
        assertEquals(
                List.of(
                        new Movability.Cause("mapping", 2, "one: v1.log has no key", "add one"),
                        new Movability.Cause("grants-there", 1, "two: app may not read v2.t", "grant it")),
                report.causes());
    }

    @Test
    void csvQuotesTexts() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        FleetCheck.csv(new PrintStream(out, true, StandardCharsets.UTF_8), report);

        assertEquals("""
                tenant,movable,bytes,seconds,blocking,causes,message
                "free",now,3145728,5,0,"","nothing blocks it"
                "one",after changes,94371840,65,2,"mapping","2 finding(s) block it"
                "two",after changes,,,2,"mapping grants-there","2 finding(s) block it"
                "moving",refused,,,0,"","a flip is under way"
                "routed",not,,,0,"","no ""green"" side"
                "lost",unknown,,,0,"","the server is down"
                """, out.toString(StandardCharsets.UTF_8));
    }

    @Test
    void textTellsSizesTimesAndTheirBasis() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        FleetCheck.print(new PrintStream(out, true, StandardCharsets.UTF_8), report);

        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals("free                 now                  3 MB        5 s  nothing blocks it", lines.get(1));
        assertEquals("one                  after changes       90 MB  1 min 5 s  2 finding(s) block it", lines.get(2));
        assertEquals(
                "to move all 2 that can move takes about 1 min 5 s with 4 at once, and 93 MB of disk"
                        + " (by the 3 moves of campaigns so far)",
                lines.get(lines.size() - 1));
    }
}
