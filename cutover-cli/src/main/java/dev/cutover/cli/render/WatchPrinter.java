// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.WorkProgress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A tenant in one line. */
public final class WatchPrinter {
    private WatchPrinter() {}

    public static String line(TenantStatus status) {
        List<String> parts = new ArrayList<>();
        parts.add(String.format(
                Locale.ROOT,
                "%-10s %s serves, epoch %d",
                status.phase(),
                status.serving().label(),
                status.epoch()));
        if (status.running() != null) {
            parts.add(status.running() + " is running" + work(status.work()));
        }
        if (status.mirroring()) {
            TenantStatus.Backfill backfill = status.backfill();
            parts.add(
                    backfill.done()
                            ? "backfill done"
                            : "backfill " + backfill.rows() + "/" + backfill.total()
                                    + (backfill.total() == 0
                                            ? ""
                                            : " " + 100 * backfill.rows() / backfill.total() + " %"));
            parts.add("marks " + status.marks().pending()
                    + (status.marks().failed() == 0 ? "" : ", " + status.marks().failed() + " refused"));
            if (status.verify().at() != null) {
                parts.add(
                        status.verify().mismatches() == 0
                                ? "verified"
                                : status.verify().mismatches() + " differ");
            }
            if (status.resyncTrouble() != null) {
                parts.add("TROUBLE: " + status.resyncTrouble());
            }
        }
        parts.add(status.traffic().sessions() + " sessions, " + status.traffic().transactions() + " in a transaction");
        return String.join(" | ", parts);
    }

    private static String work(@Nullable WorkProgress work) {
        if (work == null) {
            return "";
        }
        String why = work.paused() ? ", paused" : work.heldBackBy() == null ? "" : ", held back: " + work.heldBackBy();
        String left = work.secondsLeft() == null ? "" : ", " + work.secondsLeft() + " s left";
        return " at " + work.perSecond() + " rows/s" + left + why;
    }
}
