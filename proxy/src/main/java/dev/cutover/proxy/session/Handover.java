package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.SettingsSnapshot;
import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.wire.Messages;

/**
 * How a session takes over a backend and leaves it: what it finds there is made what it left on another one, by queries of
 * our own in front of whatever the client sends.
 */
final class Handover {
    private final SessionContext context;

    Handover(SessionContext context) {
        this.context = context;
    }

    /** A transaction is to begin on this backend, by this route. */
    void take(BackendConnection backend, Route route) {
        String searchPath = SearchPath.effective(route, context.settings.committedSearchPath());
        context.searchPath = searchPath;
        if (!backend.searchPath().equals(searchPath)) {
            // Alone in its message, because it must hold even if another setting is refused.
            query(
                    backend,
                    searchPath.isEmpty() ? "RESET search_path" : "SET search_path TO " + searchPath,
                    Kind.SETTINGS);
            backend.searchPath(searchPath);
        }
        SettingsSnapshot wanted = context.settings.committed();
        if (backend.settings() != wanted) {
            query(backend, wanted.statementsFrom(backend.settings()), Kind.SETTINGS);
            backend.settings(wanted);
        }
        if (context.replies.isEmpty()) {
            tellParameters(backend);
        }
        tellRoute(route);
        context.settings.began(wanted, searchPath);
        context.transaction.begin(backend.defaultIsolation());
        if (context.aborted != null) {
            // The client believes to be in a block, which has failed: so it is one here too.
            query(backend, "BEGIN; SELECT 1/0", Kind.ABORT);
        }
    }

    /** The session is about to give the backend back, or to rest on it. */
    void leave(BackendConnection backend) {
        backend.settings(context.settings.applied());
        backend.searchPath(context.settings.appliedSearchPath());
    }

    /** Sends a query of our own, whose replies the client does not see. */
    void query(BackendConnection backend, String sql, Kind kind) {
        Messages.query(backend.outbox().appendable(), sql, context.charset());
        backend.prepared().unnamed(null);
        context.replies.add(kind, null);
    }

    void tellParameters(BackendConnection backend) {
        backend.parameters()
                .forEachChangeFrom(
                        context.told(),
                        (name, value) -> Messages.parameterStatus(context.client.appendable(), name, value));
        context.told(backend.parameters());
    }

    private void tellRoute(Route route) {
        if (context.toldEpoch != route.epoch()) {
            context.toldEpoch = route.epoch();
            RouteStatus.write(context.client.appendable(), route);
        }
    }
}
