// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.campaign.CampaignManifest;
import dev.cutover.config.campaign.CampaignManifest.Wave;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A campaign's tenants by their waves. */
final class Waves {
    private final CampaignManifest manifest;
    private final List<Move> moves;

    Waves(CampaignManifest manifest, List<Move> moves) {
        this.manifest = manifest;
        this.moves = moves;
    }

    List<Move> moves() {
        return moves;
    }

    /** Whether the campaign is done with every tenant. */
    boolean ended() {
        return moves.stream().allMatch(move -> move.endedAt() != null);
    }

    private List<Move> of(int wave) {
        return moves.stream().filter(move -> move.wave() == wave).toList();
    }

    /** When the wave's tenants will have been watched for long enough; null while one of them has not flipped and may. */
    @Nullable Instant bakesUntil(int wave) {
        List<Move> tenants = of(wave);
        if (tenants.stream().anyMatch(move -> move.state() == State.WAITING || move.state() == State.MOVING)) {
            return null;
        }
        return tenants.stream()
                .map(Move::flippedAt)
                .filter(Objects::nonNull)
                .max(Comparator.naturalOrder())
                .map(last -> last.plus(manifest.waves().get(wave).bake()))
                .orElse(null);
    }

    /** The tenants whose turn has come: those of the first wave that is not over, as many as may move at once. */
    List<Move> turns() {
        for (int i = 0; i < manifest.waves().size(); i++) {
            List<Move> tenants = of(i);
            if (tenants.stream().allMatch(Waves::over)) {
                continue;
            }
            boolean atomic = manifest.waves().get(i).atomic();
            long moving = tenants.stream()
                    .filter(move -> move.state() == State.GOING_BACK
                            || move.state() == State.MOVING && !(atomic && move.step() == VerbName.FLIP))
                    .count();
            return tenants.stream()
                    .filter(move -> move.state() == State.WAITING)
                    .limit(Math.max(0, manifest.waves().get(i).parallel() - moving))
                    .toList();
        }
        return List.of();
    }

    /** Whether a tenant that is done may be completed now: of a wave, as many at once as may move at once. */
    boolean completes(Move move) {
        List<Move> wave = of(move.wave());
        long completing = wave.stream()
                .filter(other -> other.state() == State.COMPLETING && other.endedAt() == null)
                .count();
        return wave.stream()
                .filter(other -> other.state() == State.DONE && other.endedAt() == null)
                .limit(Math.max(0, manifest.waves().get(move.wave()).parallel() - completing))
                .anyMatch(move::equals);
    }

    /** The tenants of each atomic wave that can flip now: all of the wave that have not flipped yet. */
    List<List<Move>> together(Instant now) {
        List<List<Move>> together = new ArrayList<>();
        for (int i = 0; i < manifest.waves().size(); i++) {
            List<Move> unflipped = unflipped(i);
            if (manifest.waves().get(i).atomic()
                    && !unflipped.isEmpty()
                    && unflipped.stream()
                            .allMatch(move -> move.step() == VerbName.FLIP
                                    && move.operation() == null
                                    && !now.isBefore(move.nextAt()))) {
                together.add(unflipped);
            }
        }
        return together;
    }

    /** The tenant for whose sake a tenant of an atomic wave does not flip; null if there is none. */
    @Nullable Move holdsBack(Move move) {
        if (!manifest.waves().get(move.wave()).atomic()
                || !unflipped(move.wave()).contains(move)
                || move.operation() != null) {
            return null;
        }
        return of(move.wave()).stream()
                .filter(other -> other.endedAt() != null && other.flippedAt() == null)
                .min(Comparator.comparing(Move::state).reversed())
                .orElse(null);
    }

    private List<Move> unflipped(int wave) {
        return of(wave).stream()
                .filter(move -> move.state() == State.WAITING || move.state() == State.MOVING)
                .toList();
    }

    private static boolean over(Move move) {
        return move.endedAt() != null || move.state() == State.DONE || move.state() == State.COMPLETING;
    }

    List<CampaignStatus.Wave> shown() {
        List<CampaignStatus.Wave> shown = new ArrayList<>();
        for (int i = 0; i < manifest.waves().size(); i++) {
            Wave wave = manifest.waves().get(i);
            shown.add(new CampaignStatus.Wave(
                    wave.name(), bakesUntil(i), of(i).stream().map(Move::shown).toList()));
        }
        return shown;
    }
}
