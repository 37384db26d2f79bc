// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.session.shared.ClientMemory;
import dev.cutover.proxy.session.shared.SessionServices;
import dev.cutover.proxy.session.state.ClientTexts;
import dev.cutover.proxy.session.state.Pins;
import dev.cutover.proxy.session.state.SessionSettings;
import dev.cutover.proxy.session.state.TransactionTracker;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatements;
import dev.cutover.proxy.session.statement.Portals;
import dev.cutover.proxy.session.statement.SqlPreparedStatements;
import dev.cutover.proxy.wire.Outbox;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** What the parts of one session share. Belongs to the session's event loop. */
public final class SessionContext {
    final Channel channel;
    final Outbox client;
    final SessionServices services;
    final TenantRouting routing;
    final String user;
    final SessionSettings settings;
    final Pins pins = new Pins();
    final TransactionTracker transaction;
    final SqlPreparedStatements sqlPrepared = new SqlPreparedStatements();
    public final ClientMemory.Account messageMemory;
    final ClientStatements statements;
    final Portals portals = new Portals();
    final EmptyBlock emptyBlock;
    final ClientTexts texts;

    /** The last text that was sent, for operators. Read by other threads, which may see an older one. */
    private volatile String lastQuery = "";

    public SessionContext(
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
        this.statements = new ClientStatements(services.admission().statements().open(routing.tenant()));
        this.transaction = new TransactionTracker(settings, pins);
        this.texts = new ClientTexts(settings, transaction, told);
    }

    /** Whether the server has nothing to do for a DEALLOCATE of this name: a backend has the statement by another name, if at all. */
    boolean deallocatesHere(@Nullable String name) {
        ClientStatement statement = name == null || name.isEmpty() ? null : statements.get(name);
        return statement != null && !statement.opaque() && !sqlPrepared.has(statement.name());
    }

    /** The client has been sent what it must know of the route. */
    public void told(Route route) {
        texts.toldRoute(route);
    }

    /** Tells the client what it does not know of the route yet. */
    void tell(Route route) {
        Route before = texts.toldRoute();
        if (before != route) {
            texts.toldRoute(route);
            if (before != null) {
                RouteStatus.writeChanges(client.appendable(), before, route);
            }
        }
    }

    /** A text is about to be sent. */
    void sending(String sql) {
        lastQuery = sql;
    }

    String lastQuery() {
        return lastQuery;
    }
}
