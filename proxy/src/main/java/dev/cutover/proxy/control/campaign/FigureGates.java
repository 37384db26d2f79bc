// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.campaign.CampaignManifest.ErrorsGate;
import dev.cutover.config.campaign.CampaignManifest.Gates;
import dev.cutover.config.campaign.CampaignManifest.LatencyGate;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Compares how a tenant's clients fare after the flip with how they fared before it. */
final class FigureGates {
    /** Fewer transactions tell nothing about errors. */
    static final long LEAST_FOR_ERRORS = 20;
    /** Fewer transactions, before or after, tell nothing about the slowest hundredth. */
    static final long LEAST_FOR_P99 = 200;

    private final Gates gates;
    private final Source source;

    /** Where the figures come from. */
    @FunctionalInterface
    interface Source {
        /** @param from excluded @param to included */
        FigureSums between(String tenant, Instant from, Instant to) throws SQLException;
    }

    FigureGates(Gates gates, Source source) {
        this.gates = gates;
        this.source = source;
    }

    /** @param flippedAt when the tenant's new side began to serve */
    GateVerdict ask(String tenant, Instant flippedAt, Instant now) throws SQLException {
        ErrorsGate errors = gates.errors();
        if (errors != null) {
            GateVerdict verdict = errors(
                    errors, before(tenant, flippedAt, errors.over()), after(tenant, flippedAt, now, errors.over()));
            if (!(verdict instanceof GateVerdict.Held)) {
                return verdict;
            }
        }
        long differ =
                gates.readsAgree() ? source.between(tenant, flippedAt, now).readsDiffer() : 0;
        if (differ > 0) {
            return new GateVerdict.Broken("gate reads-agree: " + differ + " compared read(s) differ after the flip");
        }
        LatencyGate p99 = gates.p99();
        return p99 == null
                ? new GateVerdict.Held()
                : p99(p99, before(tenant, flippedAt, p99.over()), after(tenant, flippedAt, now, p99.over()));
    }

    private FigureSums before(String tenant, Instant flippedAt, Duration over) throws SQLException {
        return source.between(tenant, flippedAt.minus(over), flippedAt);
    }

    private FigureSums after(String tenant, Instant flippedAt, Instant now, Duration over) throws SQLException {
        Instant from = now.minus(over);
        return source.between(tenant, from.isAfter(flippedAt) ? from : flippedAt, now);
    }

    private static GateVerdict errors(ErrorsGate gate, FigureSums before, FigureSums after) {
        boolean broken = after.transactions() >= LEAST_FOR_ERRORS
                && after.errorRate() > gate.maxRate()
                && after.errorRate() > before.errorRate();
        return !broken
                ? new GateVerdict.Held()
                : new GateVerdict.Broken(String.format(
                        Locale.ROOT,
                        "gate errors: %.3f %% of %d transactions, at most %.3f %% are allowed; before the flip %.3f %%",
                        100 * after.errorRate(),
                        after.transactions(),
                        100 * gate.maxRate(),
                        100 * before.errorRate()));
    }

    private static GateVerdict p99(LatencyGate gate, FigureSums before, FigureSums after) {
        boolean broken = Math.min(before.transactions(), after.transactions()) >= LEAST_FOR_P99
                && after.p99Millis() > gate.maxRatio() * before.p99Millis();
        return !broken
                ? new GateVerdict.Held()
                : new GateVerdict.Broken(String.format(
                        Locale.ROOT,
                        "gate p99: %.1f ms, %.2f times as long as before the flip; at most %.2f times is allowed",
                        after.p99Millis(),
                        after.p99Millis() / before.p99Millis(),
                        gate.maxRatio()));
    }
}
