// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.ControlConfig;
import dev.cutover.config.Login;
import dev.cutover.config.Secret;
import dev.cutover.config.adminapi.CampaignStatus;
import dev.cutover.config.adminapi.CampaignTenant.State;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.campaign.CampaignManifest.BudgetUsed;
import dev.cutover.config.campaign.CampaignManifest.FailedTenant;
import dev.cutover.config.campaign.CampaignManifest.OnFailure;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.FleetMembership;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two proxies that both believe that they run a campaign. */
@ExtendWith(PostgresExtension.class)
class CampaignStoreIT {
    private static final OnFailure TWO = new OnFailure(FailedTenant.ROLLBACK, 2, BudgetUsed.PAUSE);

    private final List<ControlStore> members = new ArrayList<>();
    private TestDatabase control;
    private CampaignStore store;
    private String first;
    private String second;

    @BeforeEach
    void start(TestDatabase fresh) throws Exception {
        control = fresh;
        String password = fresh.server().password();
        Login login = new Login(fresh.server().user(), password.isEmpty() ? null : new Secret(password));
        for (String address : List.of("a:1", "b:2")) {
            members.add(ControlStore.open(
                    new ControlConfig(fresh.url(), login),
                    new FleetMembership.Described(address, "test", "0", () -> 0)));
        }
        first = members.get(0).membership().id();
        second = members.get(1).membership().id();
        store = new CampaignStore(members.get(0).database());
        store.add("c", "campaign: c", List.of(List.of("t1", "t2", "t3")), "test");
    }

    @AfterEach
    void stop() {
        members.forEach(ControlStore::close);
    }

    private Move move(String tenant) throws SQLException {
        return store.moves("c").stream()
                .filter(move -> move.tenant().equals(tenant))
                .findFirst()
                .orElseThrow();
    }

    /** Another proxy has taken the campaign over while this one was stopped. */
    private void takenOver() throws SQLException {
        assertEquals(1, store.led(first).size());
        control.execute("UPDATE cutover.proxy SET lease_until = now() - interval '1 s' WHERE id = '" + first + "'");
        assertEquals(1, store.led(second).size());
    }

    @Test
    void onlyOneProxyRunsACampaign() throws Exception {
        assertEquals(1, store.led(first).size());
        assertEquals(0, store.led(second).size());
    }

    @Test
    void aProxyThatWasStoppedAsksForNothingWhenItWakes() throws Exception {
        takenOver();

        boolean taken = store.step(move("t1").to(State.MOVING, VerbName.PREPARE), first, connection -> {
            Rows.query(
                    connection,
                    "INSERT INTO cutover.operation (id, tenant, verb, request, actor) VALUES ('o', 't1', 'prepare', '{}', 'x')"
                            + " RETURNING id",
                    row -> row.getString(1));
            return "o";
        });

        assertFalse(taken);
        assertEquals(State.WAITING, move("t1").state());
        assertEquals(List.of("0"), control.query("SELECT count(*) FROM cutover.operation"));
        assertFalse(store.save(move("t1").ended(State.FAILED, Instant.EPOCH), first));
        assertFalse(store.fail(move("t1").ended(State.FAILED, Instant.EPOCH), first, TWO, true, "why"));
        assertFalse(store.end("c", first));
        assertEquals(
                CampaignStatus.State.RUNNING,
                Objects.requireNonNull(store.find("c")).state());
    }

    /** An operator pauses it between the look at its rows and the step. */
    @Test
    void aPausedCampaignTakesNoStepButBack() throws Exception {
        store.led(first);
        store.change("c", List.of(CampaignStatus.State.RUNNING), CampaignStatus.State.PAUSED, "why");

        boolean on = store.step(move("t1").to(State.MOVING, VerbName.FLIP), first, connection -> "o");
        boolean back = store.step(move("t2").to(State.GOING_BACK, VerbName.ROLLBACK), first, connection -> "o");

        assertFalse(on);
        assertTrue(back);
    }

    @Test
    void aRowThatHasChangedIsNotReplaced() throws Exception {
        store.led(first);
        Move before = move("t1");

        boolean once = store.save(before.to(State.MOVING, VerbName.PREPARE), first);
        boolean twice = store.save(before.to(State.MOVING, VerbName.MIRROR), first);

        assertTrue(once);
        assertFalse(twice);
        assertEquals(VerbName.PREPARE, move("t1").step());
    }

    @Test
    void theBudgetPausesAndAResumeGivesANewOne() throws Exception {
        store.led(first);

        store.fail(move("t1").ended(State.FAILED, Instant.EPOCH), first, TWO, false, "one");
        CampaignStatus.State afterOne = Objects.requireNonNull(store.find("c")).state();
        store.fail(move("t2").ended(State.FAILED, Instant.EPOCH), first, TWO, false, "two");
        CampaignRow paused = Objects.requireNonNull(store.find("c"));
        store.change("c", List.of(CampaignStatus.State.PAUSED), CampaignStatus.State.RUNNING, null);
        store.fail(move("t3").ended(State.FAILED, Instant.EPOCH), first, TWO, false, "three");

        assertEquals(CampaignStatus.State.RUNNING, afterOne);
        assertEquals(CampaignStatus.State.PAUSED, paused.state());
        assertEquals("two", paused.reason());
        assertEquals(
                CampaignStatus.State.RUNNING,
                Objects.requireNonNull(store.find("c")).state());
    }

    @Test
    void aTenantMovesInOneCampaignAtATime() throws Exception {
        SQLException refused = assertThrows(
                SQLException.class, () -> store.add("other", "campaign: other", List.of(List.of("t3")), "test"));

        assertTrue(CampaignStore.elsewhere(refused), refused::toString);
        assertEquals("c", store.campaignOf("t3"));
        assertEquals(1, store.all().size());
    }
}
