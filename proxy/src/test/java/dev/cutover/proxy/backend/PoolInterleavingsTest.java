// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import static dev.cutover.proxy.testing.Interleavings.failInSomeOrder;
import static dev.cutover.proxy.testing.Interleavings.holdInEachOrder;
import static dev.cutover.proxy.testing.Interleavings.together;

import dev.cutover.proxy.backend.ModelLoop.Mistake;
import dev.cutover.proxy.backend.ModelLoop.ModelWaiter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The argument of {@link ClusterLimit} and {@link ConnectionPermits} that no waiter is forgotten, in many orders of the loops' steps. */
@Tag("slow")
final class PoolInterleavingsTest {
    @Test
    void noPermitIsLentTwice() {
        holdInEachOrder(() -> twoBorrowersOfOnePermit(new Permits.Real()));
    }

    @Test
    void aPermitThatIsLentTwiceIsFound() {
        failInSomeOrder("2 permits are taken", () -> twoBorrowersOfOnePermit(new Permits.CheckedThenTaken()));
    }

    @Test
    void aConnectionThatIsGivenBackReachesTheWaiterOfAnotherLoop() {
        holdInEachOrder(() -> givingBackBesideABorrower(Mistake.NONE));
    }

    @Test
    void aWaiterThatNobodyLooksForIsFound() {
        failInSomeOrder("a waiter was forgotten", () -> givingBackBesideABorrower(Mistake.LOOKS_BEFORE_IT_ENQUEUES));
    }

    @Test
    void thePermitOfALostConnectionReachesTheWaiterOfAnotherLoop() {
        holdInEachOrder(PoolInterleavingsTest::lossBesideABorrower);
    }

    @Test
    void aWaiterThatWithdrawsKeepsNoPermit() {
        holdInEachOrder(PoolInterleavingsTest::withdrawalBesideALoss);
    }

    private static void twoBorrowersOfOnePermit(Permits permits) {
        together(permits::take, permits::take);
        check(permits.open() == 1, permits.open() + " permits are taken");
    }

    private static void givingBackBesideABorrower(Mistake mistake) {
        ConnectionPermits<ModelWaiter> permits = new ConnectionPermits<>(() -> 1);
        List<ModelLoop> loops = new ArrayList<>();
        ModelLoop first = new ModelLoop(permits, loops, null, mistake);
        ModelLoop second = new ModelLoop(permits, loops, null, mistake);
        first.borrow();
        ModelWaiter[] waiter = new ModelWaiter[1];

        together(
                () -> {
                    first.runTasks();
                    first.giveBack();
                    first.runTasks();
                },
                () -> waiter[0] = second.borrow());
        loops.forEach(ModelLoop::runTasks);

        check(waiter[0].served(), "a waiter was forgotten");
        check(permits.open() == 1, permits.open() + " permits are taken");
    }

    private static void lossBesideABorrower() {
        ConnectionPermits<ModelWaiter> permits = new ConnectionPermits<>(() -> 1);
        List<ModelLoop> loops = new ArrayList<>();
        ModelLoop first = new ModelLoop(permits, loops, null, Mistake.NONE);
        ModelLoop second = new ModelLoop(permits, loops, null, Mistake.NONE);
        first.borrow();
        ModelWaiter[] waiter = new ModelWaiter[1];

        together(first::lose, () -> waiter[0] = second.borrow());

        check(waiter[0].served(), "a waiter was forgotten");
        check(permits.open() == 1, permits.open() + " permits are taken");
    }

    private static void withdrawalBesideALoss() {
        ConnectionPermits<ModelWaiter> permits = new ConnectionPermits<>(() -> 1);
        ModelLoop loop = new ModelLoop(permits, new ArrayList<>(), null, Mistake.NONE);
        loop.borrow();
        ModelWaiter waiter = loop.borrow();

        together(loop::lose, () -> permits.remove(waiter));

        check(permits.open() == (waiter.served() ? 1 : 0), permits.open() + " permits are taken");
        check(permits.waiting() == 0, "somebody waits");
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** A count of permits of which there is one. */
    private interface Permits {
        void take();

        int open();

        final class Real implements Permits {
            private final ConnectionPermits<ModelWaiter> permits = new ConnectionPermits<>(() -> 1);

            @Override
            public void take() {
                permits.tryTake(null);
            }

            @Override
            public int open() {
                return permits.open();
            }
        }

        /** Looks whether the permit is free, then takes it, without a compare-and-set. */
        final class CheckedThenTaken implements Permits {
            private volatile int open;

            @Override
            public void take() {
                if (open < 1) {
                    open = open + 1;
                }
            }

            @Override
            public int open() {
                return open;
            }
        }
    }
}
