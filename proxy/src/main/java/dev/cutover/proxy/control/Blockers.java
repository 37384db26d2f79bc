package dev.cutover.proxy.control;

import dev.cutover.config.control.Blocker;
import java.time.Instant;
import java.util.List;

/** The transactions that a flip waits for. */
final class Blockers {
    private Blockers() {}

    static List<Blocker> of(Tenant tenant, Instant now) {
        return tenant.routing().activeTransactions().stream()
                .map(transaction -> new Blocker(
                        transaction.backendPid(),
                        transaction.client(),
                        transaction.user(),
                        transaction.state(),
                        transaction.age(now).toMillis(),
                        transaction.query()))
                .toList();
    }
}
