// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.store.Surveys;
import dev.cutover.proxy.control.tenant.ClientSurveys;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other proxies what this one's clients hold. Sessions may take seconds to answer, so threads of its own wait for them. For one
 * thread, but for {@link #close}.
 */
final class SurveyAnswers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SurveyAnswers.class);
    private static final int THREADS = 4;
    private static final int FORGET_EVERY = 60;

    private final Surveys surveys;
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS, task -> {
        Thread thread = new Thread(task, "survey-answer");
        thread.setDaemon(true);
        return thread;
    });
    private int looks;

    SurveyAnswers(Surveys surveys) {
        this.surveys = surveys;
    }

    /** Answers what was asked. @param byName this proxy's tenants */
    void look(Map<String, Tenant> byName) throws SQLException {
        for (Surveys.Question question : surveys.unanswered()) {
            Tenant tenant = byName.get(question.tenant());
            if (tenant != null && running.add(question.id())) {
                begin(question, tenant);
            }
        }
        if (looks++ % FORGET_EVERY == 0) {
            surveys.forget();
        }
    }

    private void begin(Surveys.Question question, Tenant tenant) {
        try {
            threads.execute(() -> answer(question, tenant));
        } catch (RuntimeException | Error e) {
            // No thread could be started, for want of memory. The next look tries again.
            running.remove(question.id());
            throw e;
        }
    }

    private void answer(Surveys.Question question, Tenant tenant) {
        try {
            // Without a plan nothing is known of what clients have sent. The next look tries again.
            if (!question.whole() || tenant.mirroring() != null) {
                surveys.answer(question, ClientSurveys.answer(tenant, question.whole()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException | RuntimeException e) {
            LOG.warn("another proxy gets no answer about clients tenant={} reason={}", tenant.name(), OneLine.of(e));
        } finally {
            running.remove(question.id());
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
