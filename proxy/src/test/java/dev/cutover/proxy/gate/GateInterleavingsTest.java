// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.gate;

import static dev.cutover.proxy.testing.Interleavings.NOBODY_PROCEEDS;
import static dev.cutover.proxy.testing.Interleavings.failInSomeOrder;
import static dev.cutover.proxy.testing.Interleavings.holdInEachOrder;
import static dev.cutover.proxy.testing.Interleavings.together;

import dev.cutover.proxy.gate.MistakenGate.Mistake;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The arguments that {@link Gate} makes, in many orders of its threads' steps. */
@Tag("slow")
final class GateInterleavingsTest {
    @Test
    void noTransactionPassesAClosedGate() {
        holdInEachOrder(() -> transactionBesideAFlip(new RealGate()));
    }

    @Test
    void aTransactionThatPassesAClosedGateIsFound() {
        failInSomeOrder(
                "behind a drained gate",
                () -> transactionBesideAFlip(new MistakenGate(Mistake.CHECKS_BEFORE_IT_COUNTS)));
    }

    @Test
    void aCountThatTwoTransactionsOverwriteIsFound() {
        failInSomeOrder(
                "count is", () -> transactionsOfOneStripe(new MistakenGate(Mistake.COUNTS_WITHOUT_COMPARE_AND_SET)));
    }

    @Test
    void noCountIsLostOrNegative() {
        holdInEachOrder(() -> transactionsOfOneStripe(new RealGate()));
    }

    @Test
    void aDrainEndsWhenTheLastTransactionLeaves() {
        holdInEachOrder(() -> drainBesideTheLastTransaction(new RealGate()));
    }

    @Test
    void aDrainThatNobodyWakesIsFound() {
        failInSomeOrder(
                NOBODY_PROCEEDS, () -> drainBesideTheLastTransaction(new MistakenGate(Mistake.LEAVES_IN_SILENCE)));
    }

    @Test
    void aDrainEndsWhenTheGateOpens() {
        holdInEachOrder(GateInterleavingsTest::drainBesideAnOpening);
    }

    @Test
    void eachWaiterRunsOnceWhenTheGateOpens() {
        holdInEachOrder(() -> waiterBesideAnOpening(new RealGate()));
    }

    @Test
    void aWaiterThatIsForgottenIsFound() {
        failInSomeOrder(
                "ran 0 times", () -> waiterBesideAnOpening(new MistakenGate(Mistake.ENQUEUES_WITHOUT_A_SECOND_LOOK)));
    }

    @Test
    void aWaiterThatWithdrawsIsNotKept() {
        holdInEachOrder(GateInterleavingsTest::withdrawalBesideAnOpening);
    }

    private static void transactionBesideAFlip(CountedGate gate) {
        AtomicBoolean drained = new AtomicBoolean();
        together(
                () -> {
                    if (gate.tryEnter(0)) {
                        check(!drained.get(), "a transaction runs behind a drained gate");
                        gate.leave(0);
                    }
                },
                () -> {
                    gate.close();
                    check(gate.awaitDrained(), "the drain was given up");
                    drained.set(true);
                    drained.set(false);
                    gate.open();
                });
        check(gate.inFlight() == 0, "the count is " + gate.inFlight());
    }

    private static void transactionsOfOneStripe(CountedGate gate) {
        together(() -> enterAndLeave(gate), () -> enterAndLeave(gate));
        check(gate.inFlight() == 0, "the count is " + gate.inFlight());
    }

    private static void enterAndLeave(CountedGate gate) {
        check(gate.tryEnter(0), "an open gate refused a transaction");
        check(gate.inFlight() > 0, "the count is " + gate.inFlight());
        gate.leave(0);
        check(gate.inFlight() >= 0, "the count is " + gate.inFlight());
    }

    private static void drainBesideTheLastTransaction(CountedGate gate) {
        AtomicInteger inside = new AtomicInteger(1);
        gate.tryEnter(0);
        together(
                () -> {
                    inside.set(0);
                    gate.leave(0);
                },
                () -> {
                    gate.close();
                    check(gate.awaitDrained(), "the drain was given up");
                    check(inside.get() == 0, "the drain ended before the transaction");
                });
    }

    private static void drainBesideAnOpening() {
        CountedGate gate = new RealGate();
        gate.tryEnter(0);
        gate.close();
        together(gate::open, () -> check(!gate.awaitDrained(), "a gate was drained with a transaction inside"));
    }

    private static void waiterBesideAnOpening(CountedGate gate) {
        AtomicInteger runs = new AtomicInteger();
        gate.close();
        together(gate::open, () -> gate.whenOpen(runs::incrementAndGet));
        check(runs.get() == 1, "the waiter ran " + runs.get() + " times");
    }

    private static void withdrawalBesideAnOpening() {
        Gate gate = new Gate(1);
        AtomicInteger runs = new AtomicInteger();
        gate.close();
        Gate.Waiting waiting = gate.whenOpen(Runnable::run, runs::incrementAndGet);
        together(gate::open, waiting::withdraw);
        check(runs.get() <= 1, "the waiter ran " + runs.get() + " times");
        check(gate.held() == 0, "the gate holds a waiter");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
