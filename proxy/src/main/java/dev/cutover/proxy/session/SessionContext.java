package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.Intent;
import dev.cutover.dualwrite.analyze.Intent.Transaction.Verb;
import dev.cutover.dualwrite.rewrite.StatementPlan;
import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.reply.ReplyQueue;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.Outbox;
import io.netty.channel.Channel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
    final SqlPrepared sqlPrepared = new SqlPrepared();
    final PreparedStatements statements = new PreparedStatements();
    final Portals portals = new Portals();
    final ReplyQueue replies = new ReplyQueue();
    final MarkingRetry retry = new MarkingRetry(this);
    final Samples samples = new Samples(this);

    /** What the client has been told by ParameterStatus. */
    private ServerParameters told;

    private Charset charset = StandardCharsets.UTF_8;
    private boolean analysable = true;

    /** The {@code search_path} of the running transaction's beginning, as SQL text. */
    String searchPath = "";

    /** DISCARD ALL has brought the backend to its own defaults, and no transaction has begun since. */
    boolean discarded;

    /** What the client was told at its login. */
    final ServerParameters loginParameters;

    /** The epoch that the client has been told of. */
    long toldEpoch = -1;

    /** Whether the last message that was forwarded ended a cycle, so that the next one may begin a transaction. */
    boolean boundary = true;

    /** How many Syncs have been sent. */
    long cycle;

    /** Whether the backend takes COPY data from the client. */
    boolean copyIn;

    /** Why the proxy has asked the server to cancel what runs: it takes the place of the server's own error. */
    @Nullable ErrorFields cancelReason;

    /**
     * Why the transaction was taken back while its client was idle in it. The client learns it by its next statement, and
     * has to roll back.
     */
    @Nullable ErrorFields aborted;

    /** Why no backend could be had for the message that waits. */
    @Nullable ErrorFields refusal;

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
        this.loginParameters = told;
        encoding(told);
    }

    /** What the client must be told in answer to this statement; null if nothing, or if it rolls back by itself. */
    @Nullable ErrorFields takeAborted(StatementPlan plan) {
        ErrorFields reason = aborted;
        aborted = null;
        if (reason != null && !plan.text().statements().isEmpty()) {
            Intent first = plan.text().statements().get(0).intent();
            if (first instanceof Intent.Transaction transaction && transaction.verb() == Verb.ROLLBACK) {
                return null;
            }
        }
        return reason;
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
