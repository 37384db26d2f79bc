// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.proxy.route.ActiveTransaction;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** No transaction runs that has been open for longer than the drain would wait. */
final class NoLongTransaction implements Guardrail {
    @Override
    public GuardrailName name() {
        return GuardrailName.NO_LONG_TRANSACTION;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) {
        return longer(now.routing().activeTransactions(), now.config().drainTimeout(), now.now());
    }

    List<Finding> longer(List<ActiveTransaction> transactions, Duration drainTimeout, Instant now) {
        Instant oldest = now.minus(drainTimeout);
        return transactions.stream()
                .filter(transaction -> transaction.startedAt().isBefore(oldest))
                .map(transaction -> note(describe(transaction), "end it, or flip with --force"))
                .toList();
    }

    private static String describe(ActiveTransaction transaction) {
        return "client " + transaction.client() + " (pid " + transaction.backendPid() + ", user " + transaction.user()
                + ") has been in a transaction for longer than drain-timeout, now " + transaction.state();
    }
}
