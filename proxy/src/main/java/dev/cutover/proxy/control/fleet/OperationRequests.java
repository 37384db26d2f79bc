// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cutover.config.adminapi.Json;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.Operation.State;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.text.OneLine;
import dev.cutover.config.time.Deadline;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.proxy.control.operation.Operations;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operations as rows of the control database: asked for at any proxy, run by the one that leads the tenant. If that one dies, the next
 * leader resumes a verification, and records that any other operation has ended with its proxy. Safe for use by many threads.
 */
public final class OperationRequests implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperationRequests.class);
    private static final long LOOK_MILLIS = 50;
    private static final long REPORT_MILLIS = 500;
    private static final String FORGET_AFTER = "7 days";
    private static final int MOST_STARTED = 10_000;

    private final ControlStore store;
    private final Operations operations;
    private final Starter starter;
    private final ObjectMapper json = Json.mapper();
    /**
     * The operations that were begun here, each with the id that this proxy had. An entry outlives its operation: what looks for lost
     * ones may have seen it before its end was recorded.
     */
    private final Map<String, Boolean> started = Caffeine.newBuilder()
            .maximumSize(MOST_STARTED)
            .<String, Boolean>build()
            .asMap();

    private final ExecutorService reporters = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "operation-report");
        thread.setDaemon(true);
        return thread;
    });

    /** Starts a verb on a tenant that this proxy leads. */
    @FunctionalInterface
    public interface Starter {
        Operation start(Tenant tenant, VerbName verb, VerbRequest request, String actor) throws RefusedException;
    }

    public OperationRequests(ControlStore store, Operations operations, Starter starter) {
        this.store = store;
        this.operations = operations;
        this.starter = starter;
    }

    /** What an operation says of its end if the proxy that ran it has died. Nobody knows what it had reached. */
    public static final String LOST = "the proxy that ran it has died; the tenant is recovered by another one";

    private record Asked(String id, String verb, String request, String actor) {}

    /** Asks the tenant's leader for an operation. */
    public Operation ask(Tenant tenant, VerbName verb, VerbRequest request, String actor) throws SQLException {
        Operation asked = asked(tenant, verb);
        insert(asked, verb, request, actor, null);
        return asked;
    }

    /** The same within a transaction of the caller's: the tenant's leader sees it when that commits. @return the operation's id */
    public String ask(Connection connection, Tenant tenant, VerbName verb, VerbRequest request, String actor)
            throws SQLException {
        Operation asked = asked(tenant, verb);
        insert(connection, asked, verb, request, actor, null);
        return asked.id();
    }

    private static Operation asked(Tenant tenant, VerbName verb) {
        return operation(
                UUID.randomUUID().toString(),
                tenant,
                verb.label(),
                State.RUNNING,
                verb.label() + " was asked of the proxy that leads the tenant");
    }

    /** Records an operation that this proxy runs, so that the next leader can resume it. */
    public void record(Tenant tenant, Operation running, VerbName verb, VerbRequest request, String actor) {
        if (verb != VerbName.VERIFY) {
            return;
        }
        try {
            begins(running.id(), store.membership().id());
            insert(running, verb, request, actor, store.membership().id());
            report(tenant, running.id(), running.id());
        } catch (SQLException e) {
            LOG.warn("the operation is not recorded tenant={} verb={} reason={}", tenant.name(), verb, OneLine.of(e));
        }
    }

    private void insert(Operation operation, VerbName verb, VerbRequest request, String actor, @Nullable String proxy)
            throws SQLException {
        try (Connection connection = store.database().getConnection()) {
            insert(connection, operation, verb, request, actor, proxy);
        }
    }

    private void insert(
            Connection connection,
            Operation operation,
            VerbName verb,
            VerbRequest request,
            String actor,
            @Nullable String proxy)
            throws SQLException {
        query(
                connection,
                "INSERT INTO cutover.operation (id, tenant, verb, request, actor, body, proxy) VALUES (?, ?, ?, ?, ?, ?, ?)"
                        + " RETURNING pg_notify('" + ControlStore.CHANNEL + "', tenant)",
                operation.id(),
                operation.tenant(),
                verb.label(),
                write(request),
                actor,
                write(operation),
                proxy);
    }

    /** Starts what other proxies have asked for. The caller leads the tenant. */
    void takeUp(Tenant tenant) {
        String self = store.membership().id();
        try (Connection connection = store.database().getConnection()) {
            List<Asked> asked = Rows.query(
                    connection,
                    // The answer to an earlier attempt may have been lost.
                    "UPDATE cutover.operation SET proxy = ?, updated_at = now()"
                            + " WHERE tenant = ? AND NOT ended AND (proxy IS NULL OR proxy = ?) RETURNING id, verb, request, actor",
                    row -> new Asked(row.getString(1), row.getString(2), row.getString(3), row.getString(4)),
                    self,
                    tenant.name(),
                    self);
            asked.stream().filter(each -> begins(each.id(), self)).forEach(each -> begin(tenant, each, self));
        } catch (SQLException e) {
            LOG.warn("operations cannot be taken up tenant={} reason={}", tenant.name(), OneLine.of(e));
        }
    }

    private void begin(Tenant tenant, Asked asked, String self) {
        try {
            reporters.execute(() -> start(tenant, asked, self));
        } catch (RuntimeException | Error e) {
            // No thread could be started, for want of memory. The next look tries again.
            started.remove(self + ' ' + asked.id());
            throw e;
        }
    }

    /** @return false if it was begun before */
    private boolean begins(String id, String self) {
        return started.putIfAbsent(self + ' ' + id, true) == null;
    }

    private void start(Tenant tenant, Asked asked, String self) {
        try {
            VerbName verb = VerbName.of(asked.verb()).orElseThrow();
            VerbRequest request = json.readerFor(verb.requestType()).readValue(asked.request());
            Operation started = starter.start(tenant, verb, request, asked.actor());
            report(tenant, started.id(), asked.id());
        } catch (RefusedException e) {
            end(operation(asked.id(), tenant, asked.verb(), State.REFUSED, OneLine.of(e)), self);
        } catch (JsonProcessingException | RuntimeException e) {
            end(operation(asked.id(), tenant, asked.verb(), State.FAILED, OneLine.of(e)), self);
        } catch (Error e) {
            end(operation(asked.id(), tenant, asked.verb(), State.FAILED, e.toString()), self);
        }
    }

    /** Writes down how an operation that runs here stands, until it has ended. */
    private void report(Tenant tenant, String local, String id) {
        String self = store.membership().id();
        reporters.execute(() -> {
            try {
                Optional<Operation> last = Optional.empty();
                for (boolean saved = false; !saved; ) {
                    Optional<Operation> now = operations.await(tenant.name(), local, REPORT_MILLIS);
                    boolean ended = now.isEmpty() || now.get().ended();
                    last = now.isPresent() ? now : last.map(OperationRequests::overtaken);
                    saved = last.isEmpty() || tellIn(last.get().withId(id), ended, self) && ended;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** Others have begun since, and nobody looked when it ended. */
    private static Operation overtaken(Operation last) {
        return last.ended() ? last : last.ended(State.FAILED, "see the history for its outcome", Instant.now());
    }

    /** @return false if it has to be tried again; then some time has passed */
    private boolean tellIn(Operation operation, boolean ended, String proxy) throws InterruptedException {
        try {
            save(operation, ended, proxy);
            return true;
        } catch (SQLException | RuntimeException e) {
            LOG.debug("an operation is not reported yet id={} reason={}", operation.id(), OneLine.of(e));
            Thread.sleep(REPORT_MILLIS);
            return false;
        }
    }

    private void end(Operation ended, String proxy) {
        reporters.execute(() -> {
            try {
                while (!tellIn(ended, true, proxy)) {
                    // The control database does not answer.
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** @param proxy that ran it: if another one has taken it over, this says nothing of it any more */
    private void save(Operation operation, boolean ended, String proxy) throws SQLException {
        query(
                "UPDATE cutover.operation SET body = ?, ended = ?::boolean, updated_at = now() WHERE id = ? AND proxy = ?"
                        + " RETURNING id",
                write(operation),
                Boolean.toString(ended),
                operation.id(),
                proxy);
    }

    /** The operation as it stands after at most {@code millis}, or at its end; empty if it was not asked for. */
    public Optional<Operation> await(String id, long millis) throws SQLException, InterruptedException {
        Deadline deadline = Deadline.after(Duration.ofMillis(millis));
        while (true) {
            Optional<Operation> now = find(id);
            if (now.isEmpty() || now.get().ended() || deadline.passed()) {
                return now;
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private Optional<Operation> find(String id) throws SQLException {
        try (Connection connection = store.database().getConnection()) {
            List<String> bodies = Rows.query(
                    connection, "SELECT body FROM cutover.operation WHERE id = ?", row -> row.getString(1), id);
            return bodies.isEmpty() ? Optional.empty() : Optional.of(json.readValue(bodies.get(0), Operation.class));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("operation " + id + " cannot be read", e);
        }
    }

    /**
     * From time to time: what a dead proxy ran is resumed or ended.
     *
     * @return the tenants for which this proxy, their leader, has operations to take up. Announcements of them may be lost
     */
    Set<String> look() throws SQLException {
        String self = store.membership().id();
        query(
                "UPDATE cutover.operation o SET proxy = NULL FROM cutover.tenant t WHERE t.name = o.tenant AND t.leader = ?"
                        + " AND NOT o.ended AND o.verb = 'verify' AND o.proxy <> ?"
                        + " AND o.proxy NOT IN (SELECT id FROM cutover.live_proxy)"
                        + " RETURNING o.id",
                self,
                self);
        try (Connection connection = store.database().getConnection()) {
            Set<String> waiting = new HashSet<>();
            Rows.query(
                            connection,
                            "SELECT o.id, o.tenant FROM cutover.operation o JOIN cutover.tenant t ON t.name = o.tenant"
                                    + " WHERE t.leader = ? AND NOT o.ended AND (o.proxy IS NULL OR o.proxy = ?)",
                            row -> List.of(row.getString(1), row.getString(2)),
                            self,
                            self)
                    .stream()
                    .filter(each -> !started.containsKey(self + ' ' + each.get(0)))
                    .forEach(each -> waiting.add(each.get(1)));
            Rows.query(
                            connection,
                            "SELECT o.body, o.proxy FROM cutover.operation o JOIN cutover.tenant t ON t.name = o.tenant"
                                    + " WHERE t.leader = ? AND NOT o.ended AND o.verb <> 'verify' AND o.proxy <> ?"
                                    + " AND o.proxy NOT IN (SELECT id FROM cutover.live_proxy)",
                            row -> List.of(row.getString(1), row.getString(2)),
                            self,
                            self)
                    .forEach(each -> endWithItsProxy(each.get(0), each.get(1)));
            return waiting;
        }
    }

    private void endWithItsProxy(String body, String proxy) {
        try {
            Operation last = json.readValue(body, Operation.class);
            end(last.ended(State.FAILED, LOST, Instant.now()), proxy);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Removes rows that nobody asks for any more. */
    public void forget() throws SQLException {
        query("DELETE FROM cutover.operation WHERE ended AND requested_at < now() - interval '" + FORGET_AFTER
                + "' RETURNING id");
    }

    private void query(String sql, @Nullable String... parameters) throws SQLException {
        try (Connection connection = store.database().getConnection()) {
            query(connection, sql, parameters);
        }
    }

    private static void query(Connection connection, String sql, @Nullable String... parameters) throws SQLException {
        Rows.query(connection, sql, row -> row.getString(1), parameters);
    }

    private static Operation operation(String id, Tenant tenant, String verb, State state, String message) {
        Instant now = Instant.now();
        return new Operation(
                id,
                tenant.name(),
                verb,
                state,
                message,
                null,
                null,
                List.of(),
                List.of(),
                List.of(),
                now,
                state == State.RUNNING ? null : now);
    }

    private String write(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        reporters.shutdownNow();
    }
}
