package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.wire.Outbox;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** What the parts of one session share. Belongs to the session's event loop. */
final class SessionContext {
    final Channel channel;
    final Outbox client;
    final SessionServices services;
    final TenantRouting routing;
    final String user;
    final SessionSettings settings;
    final Pins pins = new Pins();
    final TransactionTracker transaction;
    final SqlPrepared sqlPrepared = new SqlPrepared();
    final ClientMemory.Account messageMemory;
    final PreparedStatements statements;
    final Portals portals = new Portals();
    final EmptyBlock emptyBlock;
    final ClientTexts texts;

    /** The epoch that the client has been told of. */
    private long toldEpoch = -1;

    /** The last text that was sent, for operators. Read by other threads, which may see an older one. */
    private volatile String lastQuery = "";

    SessionContext(
            Channel channel,
            Outbox client,
            SessionServices services,
            TenantRouting routing,
            String user,
            SessionSettings settings,
            ServerParameters told) {
        this.channel = channel;
        this.client = client;
        this.services = services;
        this.routing = routing;
        this.user = user;
        this.settings = settings;
        this.messageMemory = services.admission().messages().open(routing.tenant());
        this.emptyBlock = new EmptyBlock(routing);
        this.statements =
                new PreparedStatements(services.admission().statements().open(routing.tenant()));
        this.transaction = new TransactionTracker(settings, pins);
        this.texts = new ClientTexts(settings, transaction, told);
    }

    /** Whether the server has nothing to do for a DEALLOCATE of this name: a backend has the statement by another name, if at all. */
    boolean deallocatesHere(@Nullable String name) {
        PreparedStatement statement = name == null || name.isEmpty() ? null : statements.get(name);
        return statement != null && !statement.opaque() && !sqlPrepared.has(statement.name());
    }

    /** The client is told of a route's epoch. @return whether it did not know of it */
    boolean tellsEpoch(long epoch) {
        boolean news = toldEpoch != epoch;
        toldEpoch = epoch;
        return news;
    }

    /** A text is about to be sent. */
    void sending(String sql) {
        lastQuery = sql;
    }

    String lastQuery() {
        return lastQuery;
    }
}
