// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.campaign;

import dev.cutover.config.selection.TenantSelector;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an operator asks of a campaign.
 *
 * @param tenants who take part, beside those that waves name
 * @param strategy how a tenant gets its new version
 * @param waves in the order in which they run
 * @param gates what must hold for each tenant
 * @param force labels of the guardrails to override
 * @param completion when a tenant's move is completed; null for never
 */
public record CampaignManifest(
        String name,
        TenantSelector tenants,
        Strategy strategy,
        List<Wave> waves,
        Gates gates,
        OnFailure onFailure,
        Set<String> force,
        @Nullable Completion completion) {

    /** How a tenant gets its new version. */
    public sealed interface Strategy {
        /** It moves to its other side. */
        record BlueGreen() implements Strategy {}

        /**
         * The schema that serves is migrated.
         *
         * @param snapshot whether a snapshot of it is taken first
         * @param breaking whether what is not additive runs as well
         */
        record InPlace(boolean snapshot, boolean breaking) implements Strategy {}
    }

    public boolean inPlace() {
        return strategy instanceof Strategy.InPlace;
    }

    /**
     * Tenants that move together.
     *
     * @param named who belongs to it; empty if {@code percent} says how many, or if it takes the rest
     * @param percent how many of all tenants, from 1 to 100; null if they are named, or it takes the rest
     * @param parallel how many move at once
     * @param bake how long its tenants are watched after the last of them has flipped, before the next wave begins
     * @param window when a tenant may begin and flip; null for always
     * @param atomic whether all of its tenants flip at one instant, or none
     */
    public record Wave(
            String name,
            List<String> named,
            @Nullable Integer percent,
            int parallel,
            Duration bake,
            @Nullable Window window,
            boolean atomic) {
        /** So many flip at one instant at most: each keeps connections to its database meanwhile. */
        public static final int MOST_ATOMIC = 50;

        boolean takesTheRest() {
            return named.isEmpty() && percent == null;
        }
    }

    /** Which side a gate asks, seen from the moment at which it does. */
    public enum GateSide {
        /** Before the flip: the side that is about to serve. */
        IDLE,
        /** After the flip: the side that serves now. */
        SERVING
    }

    /**
     * A query that must answer as expected.
     *
     * @param text one query; its first row's first column counts
     * @param expect that value as text
     */
    public record SqlGate(GateSide side, String text, String expect) {}

    /**
     * What must hold for each tenant.
     *
     * @param sql asked in this order
     * @param errors null for no limit
     * @param p99 null for no limit
     * @param readsAgree whether no compared read may differ, after the flip as before it
     * @param command a program that must exit with 0 after the flip, and its arguments; empty for none
     */
    public record Gates(
            List<SqlGate> sql,
            @Nullable ErrorsGate errors,
            @Nullable LatencyGate p99,
            boolean readsAgree,
            List<String> command) {
        /** No tenant must fulfil anything. */
        public static final Gates NONE = new Gates(List.of(), null, null, false, List.of());
    }

    /**
     * After the flip, clients get few errors, or no more than before it.
     *
     * @param maxRate errors for each transaction
     * @param over the time over which they are counted
     */
    public record ErrorsGate(double maxRate, Duration over) {}

    /**
     * After the flip, the 99th percentile of the transactions' time is not much longer than before it.
     *
     * @param maxRatio how many times as long it may be
     * @param over the time over which it is taken
     */
    public record LatencyGate(double maxRatio, Duration over) {}

    /** What happens to a tenant that fails after its flip. */
    public enum FailedTenant {
        /** It goes back to its old side, without loss. */
        ROLLBACK,
        /** It stays where it is. */
        KEEP
    }

    /** What happens to the campaign when its budget is used up. */
    public enum BudgetUsed {
        /** It pauses, and an operator may resume it. */
        PAUSE,
        /** It is cancelled. */
        CANCEL
    }

    /** @param budget when this number of tenants has failed, counted from zero after each resume, {@code then} happens */
    public record OnFailure(FailedTenant tenant, int budget, BudgetUsed then) {}

    /**
     * The end of a tenant's move.
     *
     * @param after how long after its wave's bake
     * @param dropOld whether the old side's schema is dropped
     * @param snapshot whether a snapshot of it is taken first
     */
    public record Completion(Duration after, boolean dropOld, boolean snapshot) {}
}
