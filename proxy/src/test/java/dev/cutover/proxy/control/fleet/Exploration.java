// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Visits every state that a model can reach, breadth first, until one breaks an invariant. */
final class Exploration {
    private final RouteChangeModel model;
    private final FoundStates found;
    private final long[] words;
    private int exploring;
    private String violation = "";
    private int brokenBy = -1;
    private Step lastStep = Step.READ;
    private int lastProxy;

    private Exploration(RouteChangeModel model) {
        this.model = model;
        this.words = new long[model.start().proxies.length + 1];
        this.found = new FoundStates(words.length);
    }

    /**
     * What was found.
     *
     * @param violation the invariant that does not hold; empty if all do
     * @param trace the shortest way there, a step each
     */
    record Result(int states, String violation, List<String> trace) {
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
        for (exploring = 0; exploring < found.size() && violation.isEmpty(); exploring++) {
            found.get(exploring, words);
            state.unpack(words);
            model.explore(state, moves);
            if (moves.quiet() && violation.isEmpty()) {
                violation = Invariants.brokenAtRest(state);
                brokenBy = violation.isEmpty() ? -1 : exploring;
            }
        }
        return new Result(found.size(), violation, violation.isEmpty() ? List.of() : trace());
    }

    private void step(Step step, int proxy, FleetState next, String broken) {
        if (!violation.isEmpty()) {
            return;
        }
        if (!broken.isEmpty()) {
            violation = broken;
            brokenBy = exploring;
            lastStep = step;
            lastProxy = proxy;
            lastStepBroke = true;
            return;
        }
        next.pack(words);
        found.add(words, exploring);
    }

    private boolean lastStepBroke;

    /** Repeats the steps from the start, so that each proxy keeps its number. */
    private List<String> trace() {
        List<Integer> path = new ArrayList<>();
        for (int i = brokenBy; i > 0; i = found.parent(i)) {
            path.add(i);
        }
        Collections.reverse(path);
        List<String> trace = new ArrayList<>();
        FleetState state = model.start();
        for (int target : path) {
            state = towards(state, target, trace);
        }
        if (lastStepBroke) {
            breaking(state, trace);
        }
        return trace;
    }

    private FleetState towards(FleetState state, int target, List<String> trace) {
        FleetState reached = model.empty();
        boolean[] done = new boolean[1];
        long[] wanted = new long[words.length];
        found.get(target, wanted);
        model.explore(state, model.moves((step, proxy, next, broken) -> {
            next.pack(words);
            if (!done[0] && java.util.Arrays.equals(words, wanted)) {
                done[0] = true;
                reached.copyFrom(next);
                trace.add(step.of(proxy) + "   [" + next + "]");
            }
        }));
        return reached;
    }

    private void breaking(FleetState state, List<String> trace) {
        boolean[] done = new boolean[1];
        model.explore(state, model.moves((step, proxy, next, broken) -> {
            if (!done[0] && broken.equals(violation) && step == lastStep) {
                done[0] = true;
                trace.add(step.of(proxy) + "   [" + next + "]");
            }
        }));
    }
}
