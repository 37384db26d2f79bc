// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import dev.cutover.config.adminapi.CampaignTenant.State;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CampaignPageTest {
    private static final Instant AT = Instant.parse("2026-12-01T12:00:00Z");
    private static final CampaignStatus STATUS = new CampaignStatus(
            "orders",
            CampaignStatus.State.ENDED,
            null,
            "ops from 127.0.0.1",
            AT,
            AT.plusSeconds(90),
            List.of(new CampaignStatus.Wave(
                    "first",
                    AT,
                    List.of(
                            new CampaignTenant("good", State.COMPLETED, null, null, AT, AT),
                            new CampaignTenant(
                                    "bad", State.FAILED, null, "gate \"a < b & <script>\" answers 1", null, AT)))));

    @Test
    void thePageShowsEachTenantAndRunsNothing() {
        String page = CampaignPage.of(STATUS);

        assertTrue(page.contains("<td>good</td><td class=\"COMPLETED\">COMPLETED</td>"));
        assertTrue(page.contains("gate &quot;a &lt; b &amp; &lt;script&gt;&quot; answers 1"));
        assertFalse(page.contains("<script"));
        assertFalse(page.contains("http"));
    }

    @Test
    void theReportNamesWhoFailedAndWhichSideServes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        CampaignPrinter.report(new PrintStream(bytes, true, StandardCharsets.UTF_8), STATUS);

        String text = bytes.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("campaign orders: ENDED; 1 COMPLETED, 1 FAILED"), text);
        assertTrue(text.contains("ended at 2026-12-01T12:01:30Z after 90 s"), text);
        assertTrue(text.contains("  bad: gate \"a < b & <script>\" answers 1; its old side serves"), text);
    }
}
