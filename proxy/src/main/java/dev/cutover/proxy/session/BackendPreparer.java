// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.BackendListener;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.backend.SettingsSnapshot;
import dev.cutover.proxy.backend.SqlStatements;
import dev.cutover.proxy.backend.SqlStatements.Definition;
import dev.cutover.proxy.backend.UserCode;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.state.SearchPath;
import dev.cutover.proxy.session.state.SessionSettings;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a session takes over a backend and leaves it: what it finds there is made what it left on another one, by queries of
 * our own in front of whatever the client sends.
 *
 * <p>The client's statement follows without a round trip in between, so it must not run if a query of ours fails: it would run
 * with the role or the path of another session. So settings are changed in a transaction block. If a statement in it fails, the
 * block stays open as a failed one, and the server refuses the client's statement with 25P02. {@code BEGIN} is a message
 * of its own: if the server cancels it, the settings still apply, without a block.
 */
final class BackendPreparer {
    /** The settings by which the server reads texts. */
    private static final List<String> LEXING = List.of("client_encoding", "standard_conforming_strings");

    private final SessionContext context;
    private final Conversation conversation;
    private final AwaitedPools awaited;

    /** DISCARD ALL has brought the backend to its own defaults, and no transaction has begun since. */
    private boolean discarded;

    /** The transaction may have changed what new sessions of the server begin with. */
    private boolean defaultsChange;

    /** Of the last transaction; the next one's is nearly always the same. */
    private @Nullable Path path;

    /**
     * What a route and the session's own path make.
     *
     * @param own the session's, as SQL text; null if it has none
     * @param effective as SQL text; empty for the server's default
     * @param routes the route's own, as one word
     */
    private record Path(Route route, @Nullable String own, String effective, String routes) {}

    BackendPreparer(SessionContext context, Conversation conversation) {
        this.context = context;
        this.conversation = conversation;
        this.awaited = conversation.awaited();
    }

    /** A transaction is to begin on this backend, by this route. */
    void take(BackendConnection backend, Route route) {
        discarded = false;
        context.emptyBlock.taken();
        if (backend.userCode().mustAsk(System.nanoTime(), context.routing.schemaChangedAt())) {
            query(UserCode.QUESTION, awaited.userCode());
        }
        SettingsSnapshot wanted = context.settings.committed();
        if (backend.settings() != wanted && backend.settings().hasTimeouts()) {
            // A timeout that has passed behind the last check of its statement fails the next message: this one.
            Messages.bare(conversation.message(awaited.settle()), FrontendMessage.SYNC);
        }
        lexing(backend, wanted);
        boolean moved = path != null && path.route() != route;
        Path now = path(route, context.settings.committedSearchPath());
        boolean doubtful = backend.takeDoubt();
        if (context.pins.hidesSettings()) {
            if (doubtful || moved) {
                leaveIdleSide(route);
            }
        } else if (doubtful) {
            settings("RESET SESSION AUTHORIZATION;RESET ROLE");
            backend.settings(backend.settings().withRolesOf(SettingsSnapshot.NONE));
            backend.searchPath(SessionSettings.UNKNOWN);
        }
        String searchPath = now.effective();
        StringBuilder changes = new StringBuilder();
        if (!backend.searchPath().equals(searchPath)) {
            changes.append(setPath(searchPath)).append(';');
            backend.searchPath(searchPath);
            if (now.own() != null && SearchPath.parse(now.own()) == null) {
                changes.append(SearchPath.translation(route)).append(';');
            }
        }
        SettingsSnapshot unhurried = wanted.unhurried();
        if (backend.settings() != unhurried) {
            changes.append(unhurried.statementsFrom(backend.settings()));
        }
        if (!changes.isEmpty()) {
            settings(changes.toString());
        }
        backend.settings(unhurried);
        prepare(
                backend,
                route,
                searchPath,
                context.sqlPrepared.begin(
                        now.routes(), route.planner(SearchPath.literal(context.pins, context.settings))::meaning));
        if (unhurried != wanted) {
            // Last and alone, so that it ends no statement of ours.
            query(wanted.statementsFrom(unhurried), awaited.settings());
            backend.settings(wanted);
        }
        if (conversation.answered()) {
            tellParameters(backend);
        }
        context.tell(route);
        context.settings.began(wanted, searchPath);
        context.transaction.begin(backend.defaultIsolation(), searchPath);
        if (context.transaction.aborted().untold()) {
            // The client believes to be in a block, which has failed: so it is one here too.
            query("BEGIN; SELECT 1/0", awaited.abort());
        }
    }

    /**
     * Sets what says how the server reads texts, each alone and in ASCII: the server reads a whole message by it. A leftover
     * {@code client_encoding} would make another name of a schema that is not in ASCII.
     */
    private void lexing(BackendConnection backend, SettingsSnapshot wanted) {
        for (String name : LEXING) {
            SettingsSnapshot there = backend.settings();
            String value = wanted.get(name);
            if (value == null && there.get(name) != null) {
                settings("RESET " + name);
                backend.settings(there.without(name));
            } else if (value != null && !value.equals(there.get(name))) {
                settings(wanted.statement(name));
                backend.settings(there.with(name, value));
            }
        }
    }

    private Path path(Route route, @Nullable String own) {
        Path last = path;
        if (last == null || last.route() != route || !Objects.equals(last.own(), own)) {
            last = new Path(route, own, SearchPath.effective(route, own), String.join(",", route.searchPath()));
            path = last;
        }
        return last;
    }

    /**
     * The session has set its path in a way that the proxy has not read, or may have. The path stays, but a schema of the idle
     * side in it means the serving one.
     */
    private void leaveIdleSide(Route route) {
        String translation = SearchPath.translation(route);
        if (!translation.isEmpty()) {
            settings(translation);
        }
    }

    /** The session is about to give the backend back, or to rest on it. */
    void leave(BackendConnection backend, BackendListener session) {
        if (context.transaction.ranUserCode(backend.userCode().reach())) {
            backend.suspect(session);
        }
        if (defaultsChange) {
            defaultsChange = false;
            PoolKey key = backend.key();
            context.services.knownParameters().clear();
            context.services
                    .pools()
                    .retire(each -> each.cluster().equals(key.cluster())
                            && (each.database().equals(key.database())
                                    || each.user().equals(key.user())));
        }
        backend.settings(context.settings.applied());
        backend.searchPath(context.settings.appliedSearchPath());
        backend.sqlStatements(context.sqlPrepared.applied());
    }

    /** Leaves on the backend exactly the statements that SQL's PREPARE has made in this session. */
    private void prepare(BackendConnection backend, Route route, String searchPath, SqlStatements wanted) {
        SqlStatements there = backend.sqlStatements();
        if (there == wanted) {
            return;
        }
        backend.sqlStatements(wanted);
        there.byName().forEach((name, definition) -> {
            if (!definition.equals(wanted.byName().get(name))) {
                query("DEALLOCATE " + Names.quote(name), awaited.deallocateLeft());
            }
        });
        wanted.byName().forEach((name, definition) -> {
            if (!definition.equals(there.byName().get(name))) {
                prepare(backend, route, searchPath, name, definition);
            }
        });
    }

    /** Prepares a statement under the settings that held when the client prepared it: they say what it means. */
    private void prepare(
            BackendConnection backend, Route route, String searchPath, String name, Definition definition) {
        SettingsSnapshot settings = backend.settings();
        SettingsSnapshot then = definition.settings().unhurried();
        boolean changed = then != settings;
        String path = SearchPath.effective(route, definition.ownPath());
        boolean moved = !path.equals(searchPath);
        if (moved) {
            settings(setPath(path));
        }
        if (changed) {
            settings(then.statementsFrom(settings));
        }
        conversation.query(definition.text(), context.texts.charset(), awaited.prepare(name));
        if (changed) {
            settings(settings.statementsFrom(then));
        }
        if (moved) {
            settings(setPath(searchPath));
        }
    }

    private static String setPath(String path) {
        return path.isEmpty() ? "RESET search_path" : "SET search_path TO " + path;
    }

    /** Changes settings so that the client's next statement does not run if that fails. */
    private void settings(String sql) {
        query("BEGIN", awaited.settings());
        query(sql + ";COMMIT", awaited.settings());
    }

    /** Sends a query of our own, whose replies the client does not see. */
    void query(String sql, Awaited sent) {
        conversation.query(sql, context.texts.encoding().names(), sent);
    }

    /** The transaction may have changed what new sessions of the server begin with. */
    void defaultsChange() {
        defaultsChange = true;
    }

    /** DISCARD ALL has succeeded. */
    void discarded(BackendConnection backend) {
        discarded = true;
        tellParameters(backend);
    }

    /** Tells the client what the backend has reported since it was last told. */
    void tellParameters(BackendConnection backend) {
        ServerParameters now = backend.parameters();
        if (discarded) {
            // The backend has its own defaults until the next transaction; the session is back at its login.
            now = context.settings.startup().restored(now, context.texts.loginParameters());
        }
        now.forEachChangeFrom(
                context.texts.told(),
                (name, value) -> Messages.parameterStatus(context.client.appendable(), name, value));
        context.texts.told(now);
    }
}
