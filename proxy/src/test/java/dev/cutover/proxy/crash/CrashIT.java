// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import dev.cutover.dualwrite.testing.Extent;
import dev.cutover.proxy.crash.Script.Victim;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * SIGKILL to the proxy, to PostgreSQL and to the control database at random instants of whole cutovers under load. See
 * {@code docs/crash-safety.md}.
 *
 * <p>A short run of a fixed seed belongs to all tests, a longer one to {@code -Pslow}. {@code -Dcutover.crash.kills=200 -Dcutover.crash.seed=7
 * -Dtest.minutes=600 -Dtest.module-seconds=0} is a longer one,
 * half of the kills in each mode.
 */
@Tag("slow")
class CrashIT {
    private static final int KILLS = Integer.getInteger("cutover.crash.kills", Extent.of(5, 40));
    private static final long SEED = Long.getLong("cutover.crash.seed", 1);

    @TempDir
    private Path directory;

    @Test
    void aCutoverInOneDatabaseSurvivesKills() throws Exception {
        try (World world = World.inline(directory)) {
            play("inline", world, List.of(Victim.PROXY, Victim.BLUE_SERVER, Victim.CONTROL_SERVER));
        }
    }

    @Test
    void aCutoverBetweenTwoServersSurvivesKills() throws Exception {
        try (World world = World.deferred(directory, SEED % 2 == 0)) {
            play(
                    "deferred",
                    world,
                    List.of(
                            Victim.PROXY,
                            Victim.PROXY,
                            Victim.BLUE_SERVER,
                            Victim.GREEN_SERVER,
                            Victim.CONTROL_SERVER,
                            Victim.CONTROL_SERVER));
        }
    }

    private static void play(String mode, World world, List<Victim> victims) throws Exception {
        int kills = KILLS / 2;
        String name = "crash: " + mode + ", seed " + SEED + ", " + kills + " kills";
        Run run = new Run(world, SEED);
        try {
            run.play(Script.of(SEED, kills, victims));
        } catch (AssertionError e) {
            throw new AssertionError(
                    name + ", again with -Dcutover.crash.seed=" + SEED + " -Dcutover.crash.kills=" + KILLS + ": "
                            + e.getMessage(),
                    e);
        }
        System.out.println(name + ": " + run.report());
    }
}
