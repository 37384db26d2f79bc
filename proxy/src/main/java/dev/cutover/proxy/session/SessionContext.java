package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.reply.ReplyQueue;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.wire.Outbox;
import io.netty.channel.Channel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/** What the parts of one session share. Belongs to the session's event loop. */
final class SessionContext {
    /** Encodings in which a byte of a longer character can look like a quote or backslash: not to be analysed. */
    private static final Set<String> NOT_ASCII_SAFE =
            Set.of("SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB", "SHIFT_JIS_2004");

    final Channel channel;
    final Outbox client;
    final SessionServices services;
    final TenantRouting routing;
    final String user;
    final SessionSettings settings;
    final Pins pins = new Pins();
    final TransactionTracker transaction;
    final PreparedStatements statements = new PreparedStatements();
    final Portals portals = new Portals();
    final ReplyQueue replies = new ReplyQueue();

    /** What the client has been told by ParameterStatus. */
    private ServerParameters told;

    private Charset charset = StandardCharsets.UTF_8;
    private boolean analysable = true;

    /** The {@code search_path} of the running transaction's beginning, as SQL text. */
    String searchPath = "";

    /** The epoch that the client has been told of. */
    long toldEpoch = -1;

    /** Whether the last message that was forwarded ended a cycle, so that the next one may begin a transaction. */
    boolean boundary = true;

    /** How many Syncs have been sent. */
    long cycle;

    /** Whether the backend takes COPY data from the client. */
    boolean copyIn;

    /** The last text that was sent, for operators. Read by other threads, which may see an older one. */
    volatile String lastQuery = "";

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
        this.transaction = new TransactionTracker(settings, pins);
        this.told = told;
        encoding(told);
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
        return charset;
    }

    /** Whether the client's texts can be analysed in their encoding. */
    boolean analysable() {
        return analysable;
    }

    private void encoding(ServerParameters parameters) {
        String name = parameters.get("client_encoding");
        String encoding = name == null ? "UTF8" : name.toUpperCase(Locale.ROOT);
        charset = encoding.equals("UTF8") ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
        analysable = !NOT_ASCII_SAFE.contains(encoding);
    }
}
