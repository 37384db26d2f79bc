// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.cutover.config.PoolMode;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.mirror.Fingerprints;
import dev.cutover.proxy.control.guardrail.ClientSurvey;
import dev.cutover.proxy.control.guardrail.GuardrailContext.ProxyClients;
import dev.cutover.proxy.control.store.Surveys;
import dev.cutover.proxy.route.DescribedStatement;
import dev.cutover.proxy.route.SessionView;
import dev.cutover.proxy.route.TenantSession;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What clients of a tenant hold, at this proxy and at the others. */
public final class ClientSurveys {
    /** How many different statements are looked at. */
    private static final int MOST_STATEMENTS = 1_000;

    /** How many sessions a proxy names. */
    private static final int MOST_SESSIONS = 1_000;

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    /** The other proxies wait for their sessions, too. */
    private static final Duration PATIENCE_WITH_OTHERS = PATIENCE.plusSeconds(5);

    private ClientSurveys() {}

    /**
     * Asks this proxy and all others.
     *
     * @param whole false for the sessions alone
     * @return this proxy's clients first
     */
    public static List<ProxyClients> ofAllProxies(Tenant tenant, boolean whole)
            throws SQLException, InterruptedException {
        List<ProxyClients> clients = new ArrayList<>();
        try (Surveys.Survey survey = tenant.surveys().begin(tenant.name(), whole)) {
            clients.add(new ProxyClients("", ofThisProxy(tenant, whole)));
            for (Surveys.Answer each : survey.await(PATIENCE_WITH_OTHERS)) {
                clients.add(
                        new ProxyClients("proxy " + each.proxy() + " (" + each.address() + ")", read(each.answer())));
            }
        }
        return clients;
    }

    private static @Nullable ClientSurvey read(@Nullable String json) {
        try {
            return json == null ? null : Json.mapper().readValue(json, ClientSurvey.class);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what another proxy says of its clients cannot be read", e);
        }
    }

    /** Answers another proxy. */
    public static String answer(Tenant tenant, boolean whole) throws InterruptedException {
        try {
            return Json.mapper().writeValueAsString(ofThisProxy(tenant, whole));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ClientSurvey ofThisProxy(Tenant tenant, boolean whole) throws InterruptedException {
        boolean sessionMode = tenant.routing().policy().poolMode() == PoolMode.SESSION;
        List<SessionView> kept = tenant.routing().sessions().stream()
                .map(TenantSession::view)
                .filter(session -> sessionMode || !session.pinned().isEmpty())
                .limit(MOST_SESSIONS)
                .toList();
        if (!whole) {
            return new ClientSurvey(kept, List.of(), List.of(), List.of());
        }
        ActiveMirror mirroring = tenant.mirroring();
        return new ClientSurvey(
                kept,
                prepared(tenant),
                mirroring == null
                        ? List.of()
                        : mirroring.statements().stream()
                                .map(Fingerprints.Seen::statement)
                                .toList(),
                mirroring == null ? List.of() : mirroring.reads().compared());
    }

    /** The statements, and how many sessions hold each. A session that does not answer in time is left out. */
    private static List<ClientSurvey.Prepared> prepared(Tenant tenant) throws InterruptedException {
        List<CompletableFuture<List<DescribedStatement>>> answers = tenant.routing().sessions().stream()
                .map(TenantSession::describedStatements)
                .toList();
        Deadline deadline = Deadline.after(PATIENCE);
        Map<DescribedStatement, Integer> statements = new LinkedHashMap<>();
        for (CompletableFuture<List<DescribedStatement>> answer : answers) {
            try {
                for (DescribedStatement each : answer.get(Math.max(0, deadline.nanosLeft()), TimeUnit.NANOSECONDS)) {
                    if (statements.size() < MOST_STATEMENTS || statements.containsKey(each)) {
                        statements.merge(each, 1, Integer::sum);
                    }
                }
            } catch (ExecutionException | TimeoutException e) {
                // It ends, or its event loop is too busy to say.
                continue;
            }
        }
        return statements.entrySet().stream()
                .map(each -> new ClientSurvey.Prepared(each.getKey(), each.getValue()))
                .toList();
    }
}
