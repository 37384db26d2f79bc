// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameHandler;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import dev.cutover.proxy.wire.ProtocolViolation;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a PostgreSQL server, with what is known of its session there: applied settings, prepared
 * statements, reported parameters and transaction status. Belongs to one event loop.
 */
public final class BackendConnection extends ChannelInboundHandlerAdapter implements FrameHandler {
    private static final Logger LOG = LoggerFactory.getLogger(BackendConnection.class);
    /** The shutdown, the crash and the start of a server; also the end of one session. */
    private static final String OPERATOR_INTERVENTION = "57P0";

    private static final int WHOLE_LIMIT = 64 * 1024;
    private static final String IN_HOT_STANDBY = "in_hot_standby";

    private final PoolKey key;
    private final Channel channel;
    private final FrameReader reader;
    private final Outbox outbox;
    private final LongAdder bytes;
    private final PreparedOnBackend prepared = new PreparedOnBackend();
    private final Cancellation cancellation = new Cancellation(this);

    private BackendState state;
    private boolean ending;
    private int processId;
    private int secretKey;
    private String defaultIsolation = "";
    private ServerParameters initialParameters = ServerParameters.NONE;
    private ServerParameters parameters = ServerParameters.NONE;
    private SettingsSnapshot settings = SettingsSnapshot.NONE;
    private String searchPath = "";
    private SqlStatements sqlStatements = SqlStatements.NONE;
    private byte transactionStatus = BackendMessage.IDLE;
    private UserCode userCode = new UserCode();
    /** Who has run code on it that the proxy has not read; null if nobody has since it was reset. */
    private @Nullable WeakReference<BackendListener> suspectedOf;

    private boolean doubtful;
    private boolean outOfStep;
    private boolean inRecovery;

    private final PoolPlace place = new PoolPlace();

    BackendConnection(PoolKey key, Channel channel, BackendStartup startup, LongAdder bytes) {
        this.bytes = bytes;
        this.key = key;
        this.channel = channel;
        this.reader = new FrameReader(this, channel.alloc());
        this.outbox = new Outbox(channel);
        this.state = new BackendState.Starting(startup);
    }

    public PoolKey key() {
        return key;
    }

    public int processId() {
        return processId;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    int secretKey() {
        return secretKey;
    }

    SocketAddress remoteAddress() {
        return channel.remoteAddress();
    }

    BackendView view() {
        String server = channel.remoteAddress() instanceof InetSocketAddress inet
                ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
                : String.valueOf(channel.remoteAddress());
        return new BackendView(key, processId, state instanceof BackendState.Lent ? "active" : "idle", server);
    }

    /** Whether nobody on the way can read what is sent. */
    boolean confidential() {
        return channel.pipeline().get(SslHandler.class) != null
                || (channel.remoteAddress() instanceof InetSocketAddress inet
                        && inet.getAddress().isLoopbackAddress());
    }

    void keyData(int newProcessId, int newSecretKey) {
        processId = newProcessId;
        secretKey = newSecretKey;
    }

    /** {@code default_transaction_isolation} as the connection found it. */
    public String defaultIsolation() {
        return defaultIsolation;
    }

    void defaultIsolation(String isolation) {
        defaultIsolation = isolation;
    }

    /** What the server reported at login: what holds where no session has set anything. */
    public ServerParameters initialParameters() {
        return initialParameters;
    }

    public ServerParameters parameters() {
        return parameters;
    }

    /** The settings applied to this connection; the borrower keeps it true. */
    public SettingsSnapshot settings() {
        return settings;
    }

    public void settings(SettingsSnapshot applied) {
        settings = applied;
    }

    /** The {@code search_path} applied to this connection as SQL text, empty if it has the server's default. */
    public String searchPath() {
        return searchPath;
    }

    public void searchPath(String applied) {
        searchPath = applied;
    }

    /** What SQL's PREPARE has left on this connection; the borrower keeps it true. */
    public SqlStatements sqlStatements() {
        return sqlStatements;
    }

    public void sqlStatements(SqlStatements prepared) {
        sqlStatements = prepared;
    }

    /** What is known of the code in its database. */
    public UserCode userCode() {
        return userCode;
    }

    void userCode(UserCode ofPool) {
        userCode = ofPool;
    }

    /**
     * The borrower has run code that the proxy has not read. Settings, temporary objects, prepared statements, cursors and
     * locks may be other ones than the proxy knows.
     */
    public void suspect(BackendListener borrower) {
        suspectedOf = new WeakReference<>(borrower);
        doubtful = true;
    }

    /** Messages of the server may still come that nobody has asked for. It is closed when it is given back. */
    public void outOfStep() {
        outOfStep = true;
    }

    boolean isOutOfStep() {
        return outOfStep;
    }

    /** Whether its borrower's last transaction on it has run such code, so that path and role must be set again. Asks once. */
    public boolean takeDoubt() {
        boolean last = doubtful;
        doubtful = false;
        return last;
    }

    /** Whether the connection must be reset before this borrower gets it: for another session's code, or for a short timeout. */
    boolean mustReset(BackendListener next) {
        return (suspectedOf != null && suspectedOf.get() != next) || settings.hasty();
    }

    /** The server has forgotten all that sessions have left on it: DISCARD ALL. */
    void discarded() {
        settings = SettingsSnapshot.NONE;
        searchPath = "";
        sqlStatements = SqlStatements.NONE;
        prepared.clear();
        prepared.unnamed(null);
        suspectedOf = null;
        doubtful = false;
    }

    public PreparedOnBackend prepared() {
        return prepared;
    }

    /** As the last ReadyForQuery said. */
    public byte transactionStatus() {
        return transactionStatus;
    }

    public Outbox outbox() {
        return outbox;
    }

    public boolean active() {
        return channel.isActive() && !(state instanceof BackendState.Closed);
    }

    /** Stops or starts reading from the server: for a client that takes no more. */
    public void reading(boolean on) {
        channel.config().setAutoRead(on);
    }

    void started(long now) {
        if (state instanceof BackendState.Starting starting) {
            state = starting.started(now);
            initialParameters = parameters;
        }
    }

    void lend(BackendListener listener) {
        if (state instanceof BackendState.Idle idle) {
            state = idle.lend(listener);
        }
    }

    /** The borrower leaves the connection to another one. */
    public void passTo(BackendListener next) {
        if (state instanceof BackendState.Lent lent) {
            state = lent.passTo(next);
        }
    }

    void giveBack(long now) {
        if (state instanceof BackendState.Lent lent) {
            state = lent.giveBack(now);
            reading(true);
        }
    }

    boolean retired(long now) {
        return place.retired(now) || parameters != initialParameters && changedRole();
    }

    /** What the server has said at login of itself. */
    void inRecovery(boolean standby) {
        inRecovery = standby;
    }

    /** Whether its server was a standby at login. */
    boolean onStandby() {
        return inRecovery || "on".equals(initialParameters.get(IN_HOT_STANDBY));
    }

    /** Whether its server has become a standby, or a primary, since the login. */
    private boolean changedRole() {
        return !Objects.equals(parameters.get(IN_HOT_STANDBY), initialParameters.get(IN_HOT_STANDBY));
    }

    /** When it was given back; a lent connection says now. */
    long idleSince(long now) {
        return state instanceof BackendState.Idle idle ? idle.sinceNanos() : now;
    }

    void cut() {
        ending = true;
        channel.close();
    }

    /** Whether the server may still run something on it. */
    public boolean open() {
        return channel.isOpen();
    }

    /** Whether its cluster has another address by now. */
    public boolean outdated() {
        return place.outdated();
    }

    PoolPlace place() {
        return place;
    }

    Channel channel() {
        return channel;
    }

    BackendState state() {
        return state;
    }

    /** Ends the connection; what the server still runs, it finishes first. */
    public void terminate() {
        ending = true;
        if (channel.isActive()) {
            Messages.bare(outbox.appendable(), FrontendMessage.TERMINATE);
            outbox.flush();
        }
        channel.close();
    }

    /**
     * Asks the server to end and waits for it to do so: the channel stays open until its transaction is over. The end of
     * the stream says it to a server that waits for the rest of a message.
     */
    void terminateGracefully() {
        ending = true;
        state = new BackendState.Lent(Orphan.LISTENER);
        reading(true);
        Messages.bare(outbox.appendable(), FrontendMessage.TERMINATE);
        outbox.flush();
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> ((DuplexChannel) channel).shutdownOutput());
    }

    /** Runs the task, on the event loop, once the connection is gone. */
    public void whenClosed(Runnable task) {
        channel.closeFuture().addListener(future -> task.run());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        bytes.add(in.readableBytes());
        reader.feed(in);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (state instanceof BackendState.Lent lent) {
            lent.listener().backendReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (state instanceof BackendState.Lent lent) {
            lent.listener().backendWritabilityChanged(channel.isWritable());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        BackendState last = state;
        if (!ending && !(last instanceof BackendState.Starting)) {
            place.lost(System.nanoTime());
        }
        state = new BackendState.Closed();
        reader.close();
        outbox.discard();
        if (last instanceof BackendState.Lent lent) {
            lent.listener().backendClosed();
        } else if (last instanceof BackendState.Starting starting) {
            starting.startup().closed();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof ProtocolViolation || cause instanceof java.io.IOException) {
            LOG.info("backend connection lost: pid={} reason={}", processId, cause.getMessage());
        } else {
            LOG.error("backend connection failed: pid={}", processId, cause);
        }
        channel.close();
    }

    /** Whether the server ends this connection for a reason that other connections may have, too. */
    private static boolean endsOthers(ErrorFields error) {
        return error.fatal() && error.sqlState().startsWith(OPERATOR_INTERVENTION);
    }

    @Override
    public int wholeLimit(byte type) {
        // Only what carries data may be long; everything else must be looked at.
        return type == BackendMessage.DATA_ROW || type == BackendMessage.COPY_DATA ? WHOLE_LIMIT : Integer.MAX_VALUE;
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        if (type == BackendMessage.READY_FOR_QUERY) {
            transactionStatus = in.getByte(start + FrameReader.HEADER_LENGTH);
        } else if (type == BackendMessage.PARAMETER_STATUS) {
            parameters = parameters.with(in, start, length);
        } else if (type == BackendMessage.ERROR_RESPONSE
                && !(state instanceof BackendState.Starting)
                && endsOthers(ErrorFields.decode(in, start, length))) {
            // The client may know before the server has closed the connection.
            place.lost(System.nanoTime());
        }
        if (state instanceof BackendState.Lent lent) {
            return lent.listener().frame(type, in, start, length);
        }
        if (state instanceof BackendState.Starting starting) {
            starting.startup().frame(this, type, in, start, length);
        } else if (type == BackendMessage.ERROR_RESPONSE) {
            LOG.info("idle backend ends: pid={} {}", processId, ErrorFields.decode(in, start, length));
            channel.close();
        }
        return true;
    }

    @Override
    public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
        return !(state instanceof BackendState.Lent lent)
                || lent.listener().head(type, frameLength, in, start, available);
    }

    @Override
    public void chunk(ByteBuf in, int start, int length, boolean last) {
        if (state instanceof BackendState.Lent lent) {
            lent.listener().chunk(in, start, length, last);
        }
    }
}
