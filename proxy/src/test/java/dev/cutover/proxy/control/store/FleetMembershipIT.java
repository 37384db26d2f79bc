// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.ControlConfig;
import dev.cutover.config.Login;
import dev.cutover.config.Secret;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Leases and claims of several proxies, without the proxies. */
@ExtendWith(PostgresExtension.class)
final class FleetMembershipIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Set<String> TENANTS = Set.of("acme");

    private TestDatabase control;
    private final List<ControlStore> stores = new ArrayList<>();

    @BeforeEach
    void start(TestDatabase fresh) throws Exception {
        control = fresh;
        String password = fresh.server().password();
        Login login = new Login(fresh.server().user(), password.isEmpty() ? null : new Secret(password));
        for (String address : List.of("a:1", "b:2")) {
            stores.add(ControlStore.open(
                    new ControlConfig(fresh.url(), login),
                    new FleetMembership.Described(address, "test", "0", () -> 0)));
        }
        stores.get(0).loadAll(TENANTS);
    }

    @AfterEach
    void stop() {
        stores.forEach(ControlStore::close);
    }

    /** Otherwise a cancel request that another proxy receives would be lost until the next renewal. */
    @Test
    void otherProxiesKnowAtOnceWhereAProxyIsReached() throws Exception {
        stores.get(0).membership().address("a:1", "a:1001");

        assertEquals(List.of("a:1001"), stores.get(1).peers());
    }

    /** As after a restart of the control database that took longer than a lease. */
    @Test
    void aLeaseThatHasRunOutIsRenewedIfNobodyHasClaimedAnything() throws Exception {
        FleetMembership first = stores.get(0).membership();
        String id = first.id();
        assertEquals(TENANTS, stores.get(0).claim(TENANTS));

        control.execute("UPDATE cutover.proxy SET lease_until = now() - interval '1 minute'");

        Eventually.until("the lease is renewed", PATIENCE, () -> live().contains(id));
        assertEquals(id, first.id());
        assertEquals(Set.of(), stores.get(1).claim(TENANTS));
    }

    private Set<String> live() throws SQLException {
        return new HashSet<>(control.query("SELECT id FROM cutover.live_proxy"));
    }

    @Test
    void aProxyThatWasReplacedJoinsUnderAnotherId() throws Exception {
        FleetMembership first = stores.get(0).membership();
        String id = first.id();
        assertEquals(TENANTS, stores.get(0).claim(TENANTS));

        while (!stores.get(1).claim(TENANTS).equals(TENANTS)) {
            control.execute(
                    "UPDATE cutover.proxy SET lease_until = now() - interval '1 minute' WHERE id = '" + id + "'");
        }

        Eventually.until("it has another id", PATIENCE, () -> !first.id().equals(id) && live().size() == 2);
        assertNotEquals(id, first.id());
        assertEquals(List.of(id), stores.get(1).toExpel("acme"));
    }

    /** It would expel itself, or strike the record before the other one has expelled it. */
    @Test
    void aProxyThatNoLongerLeadsExpelsNobody() throws Exception {
        assertEquals(TENANTS, stores.get(0).claim(TENANTS));
        String other = stores.get(1).membership().id();
        control.execute("UPDATE cutover.tenant SET leader = '" + other + "'");
        control.execute("INSERT INTO cutover.expulsion VALUES ('acme', 'dead')");

        assertThrows(SQLException.class, () -> stores.get(0).toExpel("acme"));
        stores.get(0).expelled("acme", "dead");

        assertEquals(List.of("dead"), stores.get(1).toExpel("acme"));
        stores.get(1).expelled("acme", "dead");
        assertEquals(List.of(), stores.get(1).toExpel("acme"));
    }

    @Test
    void ofTwoClaimsAtTheSameTimeOneSucceeds() throws Exception {
        control.execute("UPDATE cutover.tenant SET leader = 'dead'");
        List<CompletableFuture<Set<String>>> claims = new ArrayList<>();
        try (Connection holder = control.connect();
                Statement holds = holder.createStatement()) {
            holder.setAutoCommit(false);
            holds.execute("SELECT FROM cutover.tenant FOR UPDATE");
            for (ControlStore store : stores) {
                claims.add(CompletableFuture.supplyAsync(() -> claim(store)));
            }
            Eventually.until("both wait", PATIENCE, () -> {
                return control.query("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                        + " AND datname = current_database()")
                                .size()
                        == 2;
            });
            holder.commit();
        }

        Set<String> first = claims.get(0).get();
        Set<String> second = claims.get(1).get();
        assertNotEquals(first, second);
        assertTrue(first.isEmpty() || second.isEmpty());
        assertEquals(List.of("dead"), stores.get(first.isEmpty() ? 1 : 0).toExpel("acme"));
    }

    private static Set<String> claim(ControlStore store) {
        try {
            return store.claim(TENANTS);
        } catch (SQLException e) {
            throw new CompletionException(e);
        }
    }

    /** Its session ends before its lease: nobody waits for the lease of a killed proxy. */
    @Test
    void aProxyWhoseSessionHasEndedIsDead() throws Exception {
        String id = stores.get(0).membership().id();
        assertTrue(live().contains(id));

        stores.remove(0).close();

        Eventually.until("it is dead", PATIENCE, () -> !live().contains(id));
        assertFalse(live().isEmpty());
    }
}
