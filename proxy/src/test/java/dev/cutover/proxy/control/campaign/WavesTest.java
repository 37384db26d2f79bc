// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.yaml.CampaignLoader;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class WavesTest {
    private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");

    private static Move move(String tenant, State state, boolean ended) {
        return new Move("c", tenant, 0, state, null, null, 0, null, NOW, NOW, NOW, ended ? NOW : null, 1);
    }

    private static List<String> completing(Move... moves) throws Exception {
        Waves waves =
                new Waves(CampaignLoader.load("m", "campaign: c\nwaves: [{name: all, parallel: 2}]\n"), List.of(moves));
        return List.of(moves).stream()
                .filter(waves::completes)
                .map(Move::tenant)
                .toList();
    }

    @Test
    void asManyAreCompletedAtOnceAsMoveAtOnce() throws Exception {
        Move a = move("a", State.DONE, false);
        Move b = move("b", State.DONE, false);
        Move c = move("c", State.DONE, false);

        assertEquals(List.of("a", "b"), completing(a, b, c));
        assertEquals(List.of("b"), completing(move("a", State.COMPLETING, false), b, c));
        assertEquals(List.of("b", "c"), completing(move("a", State.COMPLETED, true), b, c));
        assertEquals(List.of(), completing(move("a", State.COMPLETING, false), move("b", State.COMPLETING, false), c));
        assertEquals(List.of("c"), completing(move("a", State.DONE, true), move("b", State.FAILED_THERE, true), c));
    }
}
