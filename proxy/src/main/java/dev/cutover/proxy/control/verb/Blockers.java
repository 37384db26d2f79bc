// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.cutover.config.adminapi.Blocker;
import dev.cutover.config.adminapi.Json;
import dev.cutover.proxy.control.refusal.DrainTimeoutException;
import dev.cutover.proxy.control.store.Acknowledgements.Acknowledgement;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The transactions that a flip waits for. */
public final class Blockers {
    private Blockers() {}

    /**
     * Waits until the other proxies run no transaction of the tenant.
     *
     * @throws DrainTimeoutException naming the proxies, and their transactions, that are late
     */
    static void awaitOtherProxies(Tenant tenant) throws DrainTimeoutException, SQLException, InterruptedException {
        List<Acknowledgement> late = tenant.awaitOtherGates(tenant.config().drainTimeout());
        if (late.isEmpty()) {
            return;
        }
        List<Blocker> blockers = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        for (Acknowledgement each : late) {
            String proxy = "proxy " + each.proxy() + " (" + each.address() + ")";
            if (each.blockers() == null) {
                silent.add(proxy);
            } else {
                blockers.addAll(read(each.blockers(), proxy));
            }
        }
        throw new DrainTimeoutException(
                (silent.isEmpty()
                                ? blockers.size() + " transaction(s) of other proxies did not end"
                                : String.join(", ", silent) + " did not answer")
                        + " within drain-timeout ("
                        + tenant.config().drainTimeout().toMillis()
                        + " ms); nothing has changed",
                blockers);
    }

    private static List<Blocker> read(String json, String proxy) {
        try {
            return Arrays.stream(Json.mapper().readValue(json, Blocker[].class))
                    .map(each -> each.at(proxy))
                    .toList();
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what " + proxy + " said cannot be read", e);
        }
    }

    public static List<Blocker> of(Tenant tenant, Instant now) {
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
