// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Visits every state that a model can reach, breadth first, until one breaks an invariant. */
final class Exploration {
    private final RouteChangeModel model;
    private final FoundStates found;
    private final long[] words;
    private final Set<Step> taken = EnumSet.noneOf(Step.class);
    private int exploring;
    private String violation = "";
    /** The step that breaks an invariant; null if the state that is explored does. */
    private Step breaking;

    private Exploration(RouteChangeModel model) {
        this.model = model;
        this.words = new long[model.empty().proxies.length + 1];
        this.found = new FoundStates(words.length);
    }

    /**
     * What was found.
     *
     * @param taken the steps that lead from one state to another
     * @param violation the invariant that does not hold; empty if all do
     * @param trace the shortest way there, a step each
     */
    record Result(int states, Set<Step> taken, String violation, List<String> trace) {
        @Override
        public String toString() {
            return violation + ", after " + trace.size() + " steps:\n  " + String.join("\n  ", trace);
        }
    }

    static Result of(RouteChangeModel model) {
        return new Exploration(model).run();
    }

    private Result run() {
        Moves moves = model.moves(this::step);
        FleetState state = model.start();
        state.pack(words);
        found.add(words, -1);
        for (exploring = 0; exploring < found.size(); exploring++) {
            found.get(exploring, words);
            state.unpack(words);
            model.explore(state, moves);
            if (violation.isEmpty() && moves.quiet()) {
                violation = Invariants.brokenAtRest(state);
            }
            if (!violation.isEmpty()) {
                return new Result(found.size(), taken, violation, trace());
            }
        }
        return new Result(found.size(), taken, "", List.of());
    }

    private void step(Step step, int proxy, FleetState next, String broken) {
        if (!violation.isEmpty()) {
            return;
        }
        if (!broken.isEmpty()) {
            violation = broken;
            breaking = step;
            return;
        }
        taken.add(step);
        next.pack(words);
        found.add(words, exploring);
    }

    /** Repeats the steps from the start: packed states do not tell which proxy is which. */
    private List<String> trace() {
        List<Integer> path = new ArrayList<>();
        for (int at = exploring; at > 0; at = found.parent(at)) {
            path.add(at);
        }
        Collections.reverse(path);
        List<String> trace = new ArrayList<>();
        FleetState state = model.start();
        long[] wanted = new long[words.length];
        for (int target : path) {
            found.get(target, wanted);
            state = after(state, trace, (step, next, broken) -> {
                next.pack(words);
                return Arrays.equals(words, wanted);
            });
        }
        if (breaking != null) {
            after(state, trace, (step, next, broken) -> step == breaking && broken.equals(violation));
        }
        return trace;
    }

    private interface Wanted {
        boolean is(Step step, FleetState next, String broken);
    }

    private FleetState after(FleetState state, List<String> trace, Wanted wanted) {
        FleetState reached = model.empty();
        int before = trace.size();
        model.explore(state, model.moves((step, proxy, next, broken) -> {
            if (trace.size() == before && wanted.is(step, next, broken)) {
                reached.copyFrom(next);
                trace.add(step.of(proxy) + "  [" + next + "]");
            }
        }));
        if (trace.size() == before) {
            throw new IllegalStateException("the way to a state cannot be repeated, after " + trace);
        }
        return reached;
    }
}
