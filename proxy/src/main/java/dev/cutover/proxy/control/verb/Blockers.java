// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.adminapi.Blocker;
import dev.cutover.proxy.control.tenant.Tenant;
import java.time.Instant;
import java.util.List;

/** The transactions that a flip waits for. */
public final class Blockers {
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
