// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.crash;

import dev.cutover.config.Phase;
import dev.cutover.config.Side;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.TenantStatus;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.proxy.crash.Script.Kill;
import dev.cutover.proxy.crash.Script.Step;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/** Plays a script: cutovers under load, in which processes are killed; looks at everything after each kill. */
final class Run {
    private static final long FIRST_GUESS_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int ATTEMPTS = 12;

    /** The phases that a tenant may be found in when a verb was interrupted. READY is revoked by the idle side's trouble. */
    private static final Map<String, Set<Phase>> FOUND_AFTER = Map.of(
            "prepare", Set.of(Phase.STEADY, Phase.PREPARED),
            "mirror", Set.of(Phase.PREPARED, Phase.MIRRORING),
            "backfill", Set.of(Phase.MIRRORING),
            "verify", Set.of(Phase.MIRRORING, Phase.READY, Phase.REVERSIBLE),
            "flip", Set.of(Phase.MIRRORING, Phase.READY, Phase.REVERSIBLE),
            "rollback", Set.of(Phase.MIRRORING, Phase.READY, Phase.REVERSIBLE),
            "complete", Set.of(Phase.REVERSIBLE, Phase.STEADY),
            "abort", Set.of(Phase.PREPARED, Phase.MIRRORING, Phase.READY, Phase.STEADY));

    private static final String MANY_MARKS = GuardrailName.MARKS_ARE_FEW.label();
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration EASE_AFTER = Duration.ofSeconds(20);
    private static final long FEW_MARKS = 1_000;

    private final World world;
    private final Load load;
    private final Settlement settlement;
    private final Map<String, Long> usualNanos = new HashMap<>();
    private final Map<String, Integer> interrupted = new TreeMap<>();
    private final Map<String, Integer> killed = new TreeMap<>();
    private Side home = Side.BLUE;
    private String last = "nothing";
    private int settlements;

    Run(World world, long seed) {
        this.world = world;
        this.load = new Load(() -> world.proxy().port(), seed, world.inline());
        this.settlement = new Settlement(world, load);
    }

    /** @throws AssertionError that names the kill after which something was found wrong */
    void play(Script script) throws Exception {
        load.start();
        try {
            for (List<Step> life : script.lives()) {
                beginLife();
                for (Step step : life) {
                    perform(step);
                }
                settle();
            }
        } catch (Exception | AssertionError e) {
            throw new AssertionError("after " + last + ": " + e.getMessage(), e);
        } finally {
            load.stop();
        }
    }

    /** What was done, for the one who reads the test's output. */
    String report() {
        return String.format(
                Locale.ROOT,
                "killed %s, within %s; settled and compared %d times, %d transactions acknowledged, %d unknown",
                killed,
                interrupted,
                settlements,
                load.acknowledged(),
                load.unknown());
    }

    /** The idle side of the last life has served its time. Migrations make green's tables; blue's only lose their rows. */
    private void beginLife() throws Exception {
        load.stop();
        world.database(home).execute("TRUNCATE " + Tables.schema(home) + ".slot_log");
        load.forgetLog();
        if (home == Side.GREEN) {
            world.database(Side.BLUE).execute("TRUNCATE v1.slots, v1.tally, v1.slot_log, v1.archive");
        }
        world.startProxy(home == Side.BLUE);
        load.start();
        load.awaitProgress(() -> {});
    }

    private void perform(Step step) throws Exception {
        Deque<Kill> kills = new ArrayDeque<>(step.kills());
        boolean given = false;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            TenantStatus status = awaitIdle();
            boolean reached = given && reached(step.verb(), status);
            if (reached && kills.isEmpty()) {
                if (step.verb().equals("complete")) {
                    home = status.serving();
                }
                return;
            }
            Kill kill = kills.poll();
            if (kill == null) {
                given |= undisturbed(step.verb(), status);
            } else {
                given |= disturbed(step.verb(), kill, reached);
            }
        }
        throw new AssertionError(step.verb() + " does not come to its end: " + awaitIdle());
    }

    /** Whether the verb itself was given, and not one that it needs before it. */
    private boolean undisturbed(String verb, TenantStatus status) throws Exception {
        if (verb.equals("flip") && status.phase() == Phase.MIRRORING) {
            world.proxy().run("verify");
            return false;
        }
        long begin = System.nanoTime();
        Operation operation = world.proxy().await(start(verb));
        if (operation.state() == Operation.State.SUCCEEDED) {
            usualNanos.merge(verb, System.nanoTime() - begin, (before, now) -> (before + now) / 2);
        } else {
            System.out.println("crash: " + verb + " after " + last + ": " + operation.state() + " "
                    + operation.message() + operation.findings());
            if (operation.findings().stream()
                    .anyMatch(finding -> finding.guardrail().equals(MANY_MARKS))) {
                awaitFewMarks();
            }
        }
        return true;
    }

    /** The clients write faster than the rest of the machine carries over. An operator would flip at a quieter hour. */
    private void awaitFewMarks() throws Exception {
        load.ease(true);
        try {
            Eventually.until("few marks", PATIENCE, () -> awaitIdle().marks().pending() < FEW_MARKS);
        } finally {
            load.ease(false);
        }
    }

    private boolean disturbed(String verb, Kill kill, boolean reached) throws Exception {
        last = kill + " " + verb;
        boolean within = kill.within() && !reached;
        killed.merge(kill.victim().name(), 1, Integer::sum);
        interrupted.merge(within ? verb : "between", 1, Integer::sum);
        long usual = usualNanos.getOrDefault(verb, FIRST_GUESS_NANOS);
        if (within) {
            start(verb);
        }
        LockSupport.parkNanos((long) (usual * kill.fraction()));
        world.kill(kill);
        load.awaitProgress(() -> {});
        TenantStatus found = awaitIdle();
        if (within && !FOUND_AFTER.get(verb).contains(found.phase())) {
            throw new AssertionError("the tenant is " + found.phase());
        }
        Side expected = found.phase() == Phase.REVERSIBLE || verb.equals("complete") && found.phase() == Phase.STEADY
                ? home.other()
                : home;
        if (found.serving() != expected) {
            throw new AssertionError("the tenant is " + found.phase() + " and " + found.serving() + " serves");
        }
        settle();
        return within;
    }

    private Operation start(String verb) throws Exception {
        boolean clean = verb.equals("prepare") && home == Side.BLUE;
        return world.proxy().start(verb, clean ? new VerbRequest.Prepare(true, false, Set.of()) : VerbRequest.PLAIN);
    }

    private boolean reached(String verb, TenantStatus status) {
        return switch (verb) {
            case "prepare" -> status.phase() == Phase.PREPARED;
            case "mirror" -> status.phase() == Phase.MIRRORING;
            case "backfill" -> status.backfill().done();
            case "verify" -> status.phase() == Phase.READY || status.phase() == Phase.REVERSIBLE;
            case "flip" -> status.phase() == Phase.REVERSIBLE;
            case "rollback" -> status.serving() == home && status.phase() != Phase.REVERSIBLE;
            default -> status.phase() == Phase.STEADY && settlement.nothingLeft();
        };
    }

    /** The tenant's status once no operation is at work and no flip is half done. */
    private TenantStatus awaitIdle() throws Exception {
        AtomicReference<TenantStatus> last = new AtomicReference<>();
        AtomicReference<String> reason = new AtomicReference<>();
        long easeAt = System.nanoTime() + EASE_AFTER.toNanos();
        try {
            Eventually.until("the tenant is at rest", PATIENCE, () -> {
                if (System.nanoTime() - easeAt > 0) {
                    // A backfill gives way to clients; on a busy machine it would take too long.
                    load.ease(true);
                }
                try {
                    TenantStatus status = world.proxy().status();
                    last.set(status);
                    reason.set(status.phase() + ", " + status.running() + " is running");
                    return status.running() == null && status.phase() != Phase.SWITCHING;
                } catch (IOException e) {
                    reason.set(e.getMessage());
                    return false;
                }
            });
        } catch (AssertionError e) {
            throw new AssertionError("the tenant does not come to rest: " + reason.get(), e);
        } finally {
            load.ease(false);
        }
        return last.get();
    }

    /** Without load, both sides and the journals are compared. */
    private void settle() throws Exception {
        TenantStatus status = awaitIdle();
        load.stop();
        List<String> wrong = new ArrayList<>(settlement.wrong(status));
        settlements++;
        if (status.phase() == Phase.READY || status.phase() == Phase.REVERSIBLE) {
            Operation verify = world.proxy().run("verify");
            if (verify.state() != Operation.State.SUCCEEDED) {
                wrong.add("verify: " + verify.message() + " " + verify.findings());
            }
        }
        if (!wrong.isEmpty()) {
            throw new AssertionError(status.phase() + ", " + status.serving() + " serves: "
                    + String.join("; ", wrong.subList(0, Math.min(12, wrong.size()))));
        }
        load.start();
    }
}
