// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant;
import org.jspecify.annotations.Nullable;

/** A campaign as one HTML page, which needs nothing beside itself. */
public final class CampaignPage {
    private static final String STYLE = """
            body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
            table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
            th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; }
            .FAILED, .FAILED_THERE, .GOING_BACK { color: #c0392b; font-weight: 600; }
            .COMPLETED, .DONE { color: #1e8449; }
            @media (prefers-color-scheme: dark) { body { background: #16181c; color: #e6e6e6; } }
            """;

    private CampaignPage() {}

    public static String of(CampaignStatus status) {
        StringBuilder page = new StringBuilder();
        page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Campaign ")
                .append(text(status.campaign()))
                .append("</title>\n<style>\n")
                .append(STYLE)
                .append("</style>\n</head>\n<body>\n<h1>Campaign ")
                .append(text(status.campaign()))
                .append("</h1>\n<p>")
                .append(text(CampaignPrinter.line(status)))
                .append("</p>\n<p>Started by ")
                .append(text(status.startedBy()))
                .append(" at ")
                .append(status.startedAt());
        if (status.endedAt() != null) {
            page.append(", ended at ").append(status.endedAt());
        }
        page.append(".</p>\n");
        status.waves().forEach(wave -> wave(page, wave));
        return page.append("</body>\n</html>\n").toString();
    }

    private static void wave(StringBuilder page, CampaignStatus.Wave wave) {
        page.append("<h2>Wave ")
                .append(text(wave.name()))
                .append(
                        "</h2>\n<table>\n<thead><tr><th>Tenant</th><th>State</th><th>Flipped</th><th>Reason</th></tr></thead>\n<tbody>\n");
        for (CampaignTenant tenant : wave.tenants()) {
            page.append("<tr><td>")
                    .append(text(tenant.tenant()))
                    .append("</td><td class=\"")
                    .append(tenant.state())
                    .append("\">")
                    .append(tenant.state())
                    .append("</td><td>")
                    .append(tenant.flippedAt() == null ? "" : tenant.flippedAt())
                    .append("</td><td>")
                    .append(text(tenant.reason()))
                    .append("</td></tr>\n");
        }
        page.append("</tbody>\n</table>\n");
    }

    private static String text(@Nullable String value) {
        return value == null
                ? ""
                : value.replace("&", "&amp;")
                        .replace("<", "&lt;")
                        .replace(">", "&gt;")
                        .replace("\"", "&quot;");
    }
}
