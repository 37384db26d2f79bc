// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What a run does, chosen by its seed alone: the verbs of each cutover's life, who is killed in which of them, and where.
 *
 * @param lives each from STEADY to STEADY
 */
record Script(List<List<Step>> lives) {
    /** Who is killed. */
    enum Victim {
        PROXY,
        /** The server that the blue side lies on; in the inline mode both sides. */
        BLUE_SERVER,
        GREEN_SERVER,
        CONTROL_SERVER
    }

    /**
     * One SIGKILL.
     *
     * @param number counts the run's kills from 1
     * @param within in the middle of the verb; else while nothing is at work, after it
     * @param fraction where, from 0 to 1, of the time that the verb usually takes
     * @param downMillis how long a server stays down
     */
    record Kill(int number, Victim victim, boolean within, double fraction, int downMillis) {
        @Override
        public String toString() {
            return "kill " + number + " of " + victim + (within ? " within" : " after") + " at "
                    + Math.round(fraction * 100) + " %";
        }
    }

    /** A verb, and the kills that its attempts meet, one each. */
    record Step(String verb, List<Kill> kills) {}

    private static final List<String> WHOLE_LIFE = List.of(
            "prepare", "mirror", "backfill", "verify", "flip", "rollback", "verify", "flip", "verify", "complete");
    private static final double KILLED = 0.75;
    private static final double KILLED_AGAIN = 0.25;
    private static final double WITHIN = 0.85;
    private static final double ABORTED = 0.08;
    private static final int LONGEST_DOWN_MILLIS = 700;

    /** @param victims may be named several times, to be killed more often */
    static Script of(long seed, int kills, List<Victim> victims) {
        SplittableRandom random = new SplittableRandom(seed);
        List<List<Step>> lives = new ArrayList<>();
        int number = 0;
        while (number < kills) {
            List<Step> life = new ArrayList<>();
            for (String verb : verbs(random)) {
                List<Kill> met = new ArrayList<>();
                double chance = KILLED;
                while (number < kills && random.nextDouble() < chance) {
                    number++;
                    met.add(new Kill(
                            number,
                            victims.get(random.nextInt(victims.size())),
                            random.nextDouble() < WITHIN,
                            random.nextDouble(),
                            random.nextInt(LONGEST_DOWN_MILLIS)));
                    chance = KILLED_AGAIN;
                }
                life.add(new Step(verb, met));
            }
            lives.add(life);
        }
        return new Script(lives);
    }

    private static List<String> verbs(SplittableRandom random) {
        List<String> verbs = new ArrayList<>();
        for (String verb : WHOLE_LIFE) {
            verbs.add(verb);
            boolean flipped = verbs.lastIndexOf("flip") > verbs.lastIndexOf("rollback");
            if (!flipped && random.nextDouble() < ABORTED) {
                verbs.add("abort");
                break;
            }
        }
        return verbs;
    }
}
