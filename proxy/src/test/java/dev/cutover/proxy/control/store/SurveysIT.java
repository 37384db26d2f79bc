// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cutover.config.ControlConfig;
import dev.cutover.config.Login;
import dev.cutover.config.Secret;
import dev.cutover.dualwrite.testing.Eventually;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.control.store.Surveys.Answer;
import dev.cutover.proxy.control.store.Surveys.Question;
import dev.cutover.proxy.control.store.Surveys.Survey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Questions and answers of several proxies, without the proxies. */
@ExtendWith(PostgresExtension.class)
final class SurveysIT {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration AT_ONCE = Duration.ZERO;

    private TestDatabase control;
    private final List<ControlStore> stores = new ArrayList<>();

    @BeforeEach
    void start(TestDatabase fresh) throws Exception {
        control = fresh;
        join("a:1");
    }

    private ControlStore join(String address) throws Exception {
        String password = control.server().password();
        Login login = new Login(control.server().user(), password.isEmpty() ? null : new Secret(password));
        ControlStore store = ControlStore.open(
                new ControlConfig(control.url(), login), new FleetMembership.Described(address, "test", "0", () -> 0));
        stores.add(store);
        return store;
    }

    @AfterEach
    void stop() {
        stores.forEach(ControlStore::close);
    }

    private Surveys leader() {
        return stores.get(0).surveys();
    }

    @Test
    void aProxyThatIsAloneAsksNobody() throws Exception {
        try (Survey survey = leader().begin("acme", true)) {
            assertEquals(List.of(), survey.await(PATIENCE));
            assertEquals(List.of(), control.query("SELECT id FROM cutover.survey"));
        }
    }

    @Test
    void eachProxyAnswersAndNothingIsLeft() throws Exception {
        Surveys second = join("b:2").surveys();
        Surveys third = join("c:3").surveys();
        List<Answer> answers;
        try (Survey survey = leader().begin("acme", false)) {
            for (Surveys each : List.of(second, third)) {
                Question question = each.unanswered().get(0);
                assertEquals("acme", question.tenant());
                assertEquals(false, question.whole());
                each.answer(question, each == second ? "{\"second\":1}" : "{\"third\":1}");
            }

            answers = survey.await(PATIENCE);
        }

        assertEquals(List.of(new Answer(2, "b:2", "{\"second\":1}"), new Answer(3, "c:3", "{\"third\":1}")), answers);
        assertEquals(List.of(), control.query("SELECT id FROM cutover.survey"));
    }

    /** A leader that was stopped may ask beside the one that has taken over. */
    @Test
    void twoSurveysOfATenantDoNotDisturbEachOther() throws Exception {
        Surveys second = join("b:2").surveys();
        try (Survey first = leader().begin("acme", true);
                Survey other = leader().begin("acme", true)) {
            for (Question question : second.unanswered()) {
                second.answer(question, "{}");
            }

            assertEquals(List.of(new Answer(2, "b:2", "{}")), first.await(AT_ONCE));
            assertEquals(List.of(new Answer(2, "b:2", "{}")), other.await(AT_ONCE));
        }
    }

    @Test
    void aProxyThatDoesNotAnswerIsNamed() throws Exception {
        join("b:2");
        try (Survey survey = leader().begin("acme", true)) {
            List<Answer> answers = survey.await(AT_ONCE);

            assertEquals(1, answers.size());
            assertEquals("b:2", answers.get(0).address());
            assertNull(answers.get(0).answer());
        }
    }

    /** It may have clients, too: one that was replaced joins again under another id, with the sessions that it had. */
    @Test
    void aProxyThatJoinsMeanwhileIsAskedToo() throws Exception {
        join("b:2");
        try (Survey survey = leader().begin("acme", true)) {
            CompletableFuture<List<Answer>> answers = CompletableFuture.supplyAsync(() -> {
                try {
                    return survey.await(PATIENCE);
                } catch (Exception e) {
                    throw new CompletionException(e);
                }
            });
            Surveys late = join("c:3").surveys();
            Eventually.until(
                    "the late one is asked", PATIENCE, () -> !late.unanswered().isEmpty());
            for (ControlStore each : List.of(stores.get(1), stores.get(2))) {
                each.surveys().answer(each.surveys().unanswered().get(0), "{}");
            }

            assertEquals(2, answers.get().size());
        }
    }

    @Test
    void whatADeadLeaderHasLeftIsForgotten() throws Exception {
        control.execute("INSERT INTO cutover.survey (id, proxy, tenant, whole, answer, asked_at)"
                + " VALUES ('old', 'p', 'acme', true, '{}', now() - interval '2 minutes'),"
                + " ('new', 'p', 'acme', true, '{}', now())");

        leader().forget();

        assertEquals(List.of("new"), control.query("SELECT id FROM cutover.survey"));
    }
}
