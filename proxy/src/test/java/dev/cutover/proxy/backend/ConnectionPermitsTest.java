// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.proxy.backend.ModelLoop.Mistake;
import dev.cutover.proxy.backend.ModelLoop.ModelWaiter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Three pools share two permits. Tenant acme may hold one connection. */
final class ConnectionPermitsTest {
    private int most = 2;
    private int mostOfAcme = 1;
    private final ConnectionPermits<ModelWaiter> permits = new ConnectionPermits<>(() -> most);
    private final List<ModelLoop> loops = new ArrayList<>();
    private final ModelLoop acme =
            new ModelLoop(permits, loops, new TenantShare("acme", () -> mostOfAcme), Mistake.NONE);
    private final ModelLoop globex = new ModelLoop(permits, loops, new TenantShare("globex", () -> 0), Mistake.NONE);
    private final ModelLoop initech = new ModelLoop(permits, loops, new TenantShare("initech", () -> 0), Mistake.NONE);

    /** Acme holds its only connection, and the other one is idle. */
    @BeforeEach
    void takeBothPermits() {
        acme.borrow();
        globex.borrow();
        globex.giveBack();
    }

    @Test
    void aConnectionIsClosedForATenantThatMayHoldMoreThanBefore() {
        ModelWaiter second = acme.borrow();
        loops.forEach(ModelLoop::runTasks);
        mostOfAcme = 2;

        acme.resized();
        loops.forEach(ModelLoop::runTasks);

        assertTrue(second.served(), "globex keeps " + globex.idle() + " connection idle");
    }

    @Test
    void aPermitThatIsAddedGoesToWhoWaits() {
        ModelWaiter stranger = initech.borrow();
        globex.borrow();
        most = 3;

        initech.resized();

        assertTrue(stranger.served());
    }

    @Test
    void nobodyIsStrandedWhoHasNoRoom() {
        acme.borrow();

        ConnectionPermits.Admitted<ModelWaiter> admitted = permits.resized();

        assertEquals(null, admitted.stranded());
    }
}
