// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.adminapi.CampaignPlan.PlannedTenant;
import dev.cutover.config.campaign.CampaignManifest.Wave;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.ToDoubleFunction;

/**
 * How long a tenant's move takes about: a time that every tenant takes, and one for each byte. Both are medians of moves that campaigns
 * have made, if there are any.
 *
 * @param fixedSeconds that every tenant takes
 * @param secondsPerByte beyond that
 * @param measured how many moves these figures come from
 */
record MoveTimes(double fixedSeconds, double secondsPerByte, int measured) {
    /** Tenants up to this size tell what every tenant takes; larger ones tell what a byte does. */
    private static final long SMALL_BYTES = 16L << 20;

    private static final double ASSUMED_SECONDS = 5;
    private static final double ASSUMED_SECONDS_PER_BYTE = 1 / 10e6;

    /** A move that a campaign has made, from the end of prepare to the flip. */
    record Made(long bytes, double seconds) {}

    static MoveTimes of(List<Made> moves) {
        double fixed = median(
                moves.stream().filter(made -> made.bytes() <= SMALL_BYTES).toList(), Made::seconds, ASSUMED_SECONDS);
        double perByte = median(
                moves.stream().filter(made -> made.bytes() > SMALL_BYTES).toList(),
                made -> Math.max(0, made.seconds() - fixed) / made.bytes(),
                ASSUMED_SECONDS_PER_BYTE);
        return new MoveTimes(fixed, perByte, moves.size());
    }

    private static double median(List<Made> moves, ToDoubleFunction<Made> figure, double otherwise) {
        return moves.isEmpty()
                ? otherwise
                : moves.stream().mapToDouble(figure).sorted().toArray()[moves.size() / 2];
    }

    /** @param bytes -1 if they are unknown; then the time is, too */
    long seconds(long bytes) {
        return bytes < 0 ? -1 : Math.round(fixedSeconds + bytes * secondsPerByte);
    }

    /** With its bake. The time of a tenant whose size is unknown does not count. */
    static long seconds(Wave wave, List<PlannedTenant> tenants) {
        PriorityQueue<Long> lanes = new PriorityQueue<>(List.of(0L));
        while (lanes.size() < Math.min(wave.parallel(), Math.max(1, tenants.size()))) {
            lanes.add(0L);
        }
        for (PlannedTenant tenant : tenants) {
            lanes.add(lanes.remove() + Math.max(0, tenant.seconds()));
        }
        return lanes.stream().max(Comparator.naturalOrder()).orElse(0L)
                + wave.bake().toSeconds();
    }

    String basis() {
        return measured == 0
                ? "assumed: 5 s for each tenant and 10 MB/s; no campaign has moved a tenant here yet"
                : "by the " + measured + " moves of campaigns so far";
    }
}
