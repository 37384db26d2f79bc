// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.proxy.control.fleet.RouteChangeModel.Bounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Explores every interleaving of a route change in a small fleet. */
class RouteChangeTest {
    /** Each mistake is found within one of these. */
    private static final List<Bounds> SMALL =
            List.of(new Bounds(2, 1, 1, 2, 1), new Bounds(2, 1, 1, 1, 2), new Bounds(3, 1, 1, 1, 1));

    /** Steps that only a mistake makes. */
    private static final Set<Step> BY_MISTAKE = EnumSet.of(Step.PUBLISH, Step.UNDO_A_RECORDED_FLIP);

    /** The wider bounds take minutes. */
    static List<Arguments> bounds() {
        List<Arguments> all = new ArrayList<>(List.of(
                arguments("2 proxies, flip and rollback, 2 writes, trouble once", new Bounds(2, 2, 2, 2, 1)),
                arguments("2 proxies, flip, 1 write, trouble twice", new Bounds(2, 1, 1, 1, 2)),
                arguments("3 proxies, flip, 2 writes, trouble once", new Bounds(3, 1, 2, 1, 1)),
                arguments("3 proxies, flip and rollback, 1 write, trouble once", new Bounds(3, 1, 1, 2, 1)),
                arguments("3 proxies, flip and rollback, 1 write each, no trouble", new Bounds(3, 1, 3, 2, 0))));
        if (Extent.whole()) {
            all.add(arguments("2 proxies, flip and rollback, 2 writes each, trouble once", new Bounds(2, 2, 4, 2, 1)));
            all.add(arguments("2 proxies, flip and rollback, 1 write, trouble twice", new Bounds(2, 1, 1, 2, 2)));
            all.add(arguments("3 proxies, flip, 1 write, trouble twice", new Bounds(3, 1, 1, 1, 2)));
        }
        return all;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bounds")
    void noReachableStateBreaksAnInvariant(String configuration, Bounds bounds) {
        Exploration.Result result = explore(bounds, Set.of());

        System.out.printf(Locale.ROOT, "fleet: %s: %,d states%n", configuration, result.states());
        assertEquals("", result.violation(), result::toString);
        assertTrue(result.states() > 1);
    }

    @Test
    void theExplorationTakesEveryStepOfTheProtocol() {
        Set<Step> taken = EnumSet.noneOf(Step.class);
        SMALL.forEach(bounds -> taken.addAll(explore(bounds, Set.of()).taken()));

        assertEquals(EnumSet.complementOf(EnumSet.copyOf(BY_MISTAKE)), taken);
    }

    @ParameterizedTest
    @EnumSource(Mistake.class)
    void aPlantedMistakeIsFound(Mistake mistake) {
        Exploration.Result result = explore(SMALL.get(0), Set.of(mistake));
        for (int i = 1; i < SMALL.size() && result.violation().isEmpty(); i++) {
            result = explore(SMALL.get(i), Set.of(mistake));
        }

        System.out.printf(
                Locale.ROOT,
                "fleet: %s is found after %d steps and %,d states: %s%n",
                mistake,
                result.trace().size(),
                result.states(),
                result.violation());
        assertFalse(result.violation().isEmpty(), "no state breaks an invariant");
    }

    /** Otherwise two states could be taken for one, and what follows one of them would go unseen. */
    @Test
    void packingForgetsNothingThatALaterStepCanSee() {
        RouteChangeModel model = new RouteChangeModel(new Bounds(3, 2, 4, 2, 3), Set.of());
        Random random = new Random(18);
        for (int walk = 0; walk < 100; walk++) {
            FleetState state = model.start();
            for (int step = 0; step < 60; step++) {
                FleetState packed = model.empty();
                packed.unpack(words(state));
                assertEquals(successors(model, state), successors(model, packed), state::toString);
                state = random(model, state, random);
            }
        }
    }

    private static FleetState random(RouteChangeModel model, FleetState state, Random random) {
        List<FleetState> next = new ArrayList<>();
        model.explore(state, model.moves((step, proxy, reached, broken) -> {
            FleetState copy = model.empty();
            copy.copyFrom(reached);
            next.add(copy);
        }));
        return next.isEmpty() ? model.start() : next.get(random.nextInt(next.size()));
    }

    /** Without the steps that change nothing: to acknowledge a row that has changed is one. */
    private static Set<String> successors(RouteChangeModel model, FleetState state) {
        Set<String> next = new TreeSet<>();
        String here = Arrays.toString(words(state));
        model.explore(state, model.moves((step, proxy, reached, broken) -> {
            String there = Arrays.toString(words(reached));
            if (!there.equals(here)) {
                next.add(step + " " + there + broken);
            }
        }));
        return next;
    }

    private static long[] words(FleetState state) {
        long[] words = new long[state.proxies.length + 1];
        state.pack(words);
        return words;
    }

    @ParameterizedTest
    @CsvSource({"true, OPEN_WITHOUT_CONTROL", "false, NOTHING"})
    void onlyBehindAFenceDoesAGateOpenWithoutTheControlDatabase(boolean fenced, MemberRule.Action expected) {
        MemberRule.View cutOff = new MemberRule.View(
                new MemberRule.Row(true, 7, 1),
                new MemberRule.Own(1, true, false, 7),
                new MemberRule.Link(false, false),
                fenced);

        assertEquals(expected, MemberRule.next(cutOff));
    }

    private static Exploration.Result explore(Bounds bounds, Set<Mistake> mistakes) {
        return Exploration.of(new RouteChangeModel(bounds, mistakes));
    }
}
