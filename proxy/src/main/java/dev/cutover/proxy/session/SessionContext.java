package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/** What the parts of one session share. Belongs to the session's event loop. */
final class SessionContext {
    private static final String CONFORMING_STRINGS = "standard_conforming_strings";

    final Channel channel;
    final Outbox client;
    final SessionServices services;
    final TenantRouting routing;
    final String user;
    final SessionSettings settings;
    final Pins pins = new Pins();
    final TransactionTracker transaction;
    final SqlPrepared sqlPrepared = new SqlPrepared();
    final ClientMemory.Account statementMemory;
    final ClientMemory.Account messageMemory;
    final PreparedStatements statements;
    final Portals portals = new Portals();
    final EmptyBlock emptyBlock;
    final AbortedTransaction aborted = new AbortedTransaction();

    /** What the client has been told by ParameterStatus. */
    private ServerParameters told;

    private ClientEncoding encoding = ClientEncoding.UTF8;
    private boolean conformingStrings = true;

    /** What the client was told at its login. */
    final ServerParameters loginParameters;

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
        this.statementMemory = services.admission().statements().open(routing.tenant());
        this.messageMemory = services.admission().messages().open(routing.tenant());
        this.emptyBlock = new EmptyBlock(routing);
        this.statements = new PreparedStatements(statementMemory);
        this.transaction = new TransactionTracker(settings, pins);
        this.told = told;
        this.loginParameters = told;
        encoding(told);
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

    ServerParameters told() {
        return told;
    }

    void told(ServerParameters parameters) {
        told = parameters;
        encoding(parameters);
    }

    /** How to read the client's texts: bytes that are not UTF-8 must come out again as they went in. */
    Charset charset() {
        return encoding.text();
    }

    ClientEncoding encoding() {
        return encoding;
    }

    /**
     * Whether the server splits any text into tokens as the analysis does: {@code standard_conforming_strings} is on, the
     * encoding does not hide ASCII, and nothing that has been sent may change either.
     */
    boolean lexesAlike(BackendConnection backend) {
        return conformingStrings
                && !encoding.hidesAscii()
                && !transaction.lexingMayChange()
                && (settings.current(CONFORMING_STRINGS) != null || isOn(backend.initialParameters()));
    }

    /** Whether the server splits this text as the analysis does: any text, or one without what is read in several ways. */
    boolean analysable(BackendConnection backend, ByteBuf in, int start, int end) {
        return lexesAlike(backend)
                || isReadAlike(in, start, end, encoding.hidesAscii() || transaction.lexingMayChange());
    }

    /**
     * Whether a text has the same tokens whatever {@code standard_conforming_strings} is: only a backslash in front of a quote
     * makes a difference to where a string ends.
     *
     * @param ascii whether it must also have the same tokens in every encoding
     */
    private static boolean isReadAlike(ByteBuf in, int start, int end, boolean ascii) {
        byte last = 0;
        for (int i = start; i < end; i++) {
            byte next = in.getByte(i);
            if (ascii && next < 0 || next == '\'' && last == '\\') {
                return false;
            }
            last = next;
        }
        return true;
    }

    private void encoding(ServerParameters parameters) {
        encoding = ClientEncoding.of(parameters);
        conformingStrings = isOn(parameters);
        settings.encoding(encoding);
    }

    private static boolean isOn(ServerParameters parameters) {
        return !"off".equals(parameters.get(CONFORMING_STRINGS));
    }
}
