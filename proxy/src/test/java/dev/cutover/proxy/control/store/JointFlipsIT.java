// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.ControlConfig;
import dev.cutover.config.Login;
import dev.cutover.config.Phase;
import dev.cutover.config.Secret;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two tenants at two proxies whose rows change together or not at all. */
@ExtendWith(PostgresExtension.class)
class JointFlipsIT {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final String JOINT = "j";
    private static final String ROWS =
            "SELECT name || ' ' || phase || ' ' || serving || ' ' || epoch || ' ' || held FROM cutover.tenant ORDER BY 1";
    private static final List<String> UNCHANGED = List.of("t1 SWITCHING BLUE 1 false", "t2 SWITCHING BLUE 1 false");

    private final List<ControlStore> members = new ArrayList<>();
    private final List<TenantRecord> rows = new ArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private TestDatabase control;

    @BeforeEach
    void start(TestDatabase fresh) throws Exception {
        control = fresh;
        String password = fresh.server().password();
        Login login = new Login(fresh.server().user(), password.isEmpty() ? null : new Secret(password));
        for (String address : List.of("a:1", "b:2")) {
            ControlStore store = ControlStore.open(
                    new ControlConfig(fresh.url(), login),
                    new FleetMembership.Described(address, "test", "0", () -> 0));
            members.add(store);
            String tenant = "t" + members.size();
            store.loadAll(Set.of(tenant));
            store.claim(Set.of(tenant));
            control.execute("UPDATE cutover.tenant SET phase = 'SWITCHING', switching_from = 'READY' WHERE name = '"
                    + tenant + "'");
            rows.add(store.load(tenant));
        }
        try (Connection connection = members.get(0).database().getConnection()) {
            JointFlips.announce(connection, JOINT, List.of("t1", "t2"));
        }
    }

    @AfterEach
    void stop() {
        threads.shutdownNow();
        members.forEach(ControlStore::close);
    }

    private JointFlips of(int member) {
        return members.get(member).jointFlips();
    }

    private Future<JointFlips.Verdict> later(Callable<JointFlips.Verdict> task) {
        return threads.submit(task);
    }

    private JointFlips.Verdict commit(int member, Duration patience) throws Exception {
        TenantRecord row = rows.get(member);
        TenantRecord next = row.withPhase(Phase.REVERSIBLE)
                .withRoute(Side.GREEN, row.epoch() + 1)
                .withHeld(true)
                .withPendingWork(TenantRecord.PendingWork.VALIDATION);
        return of(member).commit(JOINT, row, next, patience);
    }

    private void bothReady() throws Exception {
        Future<JointFlips.Verdict> first = later(() -> of(0).ready(JOINT, "t1"));
        assertFalse(of(1).ready(JOINT, "t2").cancelled());
        assertFalse(first.get().cancelled());
    }

    @Test
    void theRowsOfAllChangeTogether() throws Exception {
        bothReady();
        Future<JointFlips.Verdict> first = later(() -> commit(0, LONG));

        JointFlips.Verdict second = commit(1, LONG);

        assertFalse(second.cancelled());
        assertFalse(first.get().cancelled());
        assertEquals(List.of("t1 REVERSIBLE GREEN 2 true", "t2 REVERSIBLE GREEN 2 true"), control.query(ROWS));
        TenantRecord committed = members.get(0).load("t1");
        assertEquals(TenantRecord.LastEnd.FLIP, committed.lastEnd());
        assertEquals(TenantRecord.PendingWork.VALIDATION, committed.pendingWork());
        assertEquals(rows.get(0).revision() + 1, committed.revision());
        assertEquals(
                List.of("1 2"),
                control.query(
                        "SELECT count(DISTINCT at) || ' ' || count(*) FROM cutover.audit WHERE result = 'REVERSIBLE'"));
        assertTrue(of(0).cancel(JOINT, "t1", "too late"));
    }

    @Test
    void aTenantThatDoesNotComeCancelsAll() throws Exception {
        bothReady();

        JointFlips.Verdict verdict = commit(0, SHORT);
        JointFlips.Verdict late = commit(1, LONG);

        assertEquals("t2", verdict.culprit());
        assertEquals(verdict, late);
        assertEquals(UNCHANGED, control.query(ROWS));
    }

    @Test
    void aTenantThatGivesUpCancelsAll() throws Exception {
        Future<JointFlips.Verdict> waiting = later(() -> of(0).ready(JOINT, "t1"));

        boolean committed = of(1).cancel(JOINT, "t2", "a guardrail");
        of(0).cancel(JOINT, "t1", "another reason");

        assertFalse(committed);
        assertEquals(new JointFlips.Verdict("t2", "a guardrail"), waiting.get());
        assertEquals(new JointFlips.Verdict("t2", "a guardrail"), of(1).ready(JOINT, "t2"));
    }

    /** Its leader was stopped, and another proxy has begun to undo its flip. */
    @Test
    void aTenantThatWasTakenOverCancelsAll() throws Exception {
        bothReady();
        Future<JointFlips.Verdict> held = later(() -> commit(0, LONG));
        control.execute("UPDATE cutover.tenant SET revision = revision + 1 WHERE name = 't1'");

        JointFlips.Verdict verdict = commit(1, LONG);

        assertEquals("t1", verdict.culprit());
        assertEquals(verdict, held.get());
        assertEquals(UNCHANGED, control.query(ROWS));
        assertEquals(List.of("0"), control.query("SELECT count(*) FROM cutover.audit WHERE result = 'REVERSIBLE'"));
    }

    @Test
    void whoTakesNoPartIsRefused() throws Exception {
        SQLException refused = assertThrows(SQLException.class, () -> of(0).ready(JOINT, "t3"));

        assertEquals("tenant t3 takes no part in the joint flip j", refused.getMessage());
        assertTrue(of(0).ready("gone", "t1").cancelled());
    }
}
