// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.script;

import dev.cutover.proxy.backend.UserCode;
import dev.cutover.proxy.script.Frames.Frame;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.local.LocalServerChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A server that does what a script says. It answers logins, and until {@link #scripted} every query. All on the one event loop of
 * its harness.
 */
final class ScriptedServer {
    /** The first question to each connection. */
    private static final String INQUIRY = "SELECT pg_catalog.pg_backend_pid(), ";

    /** The code of a CancelRequest. */
    private static final int CANCEL = 80877102;

    private static final int FIRST_PROCESS = 100;

    private static final Pattern SERVER_NAME = Pattern.compile("cutover_\\d+");

    private final List<Connection> connections = new ArrayList<>();
    private final Map<String, String> names = new HashMap<>();
    private final Channel listening;
    private int logins;
    private volatile boolean refusing;
    private volatile boolean scripted;

    ScriptedServer(EventLoopGroup group, int port) throws InterruptedException {
        listening = new ServerBootstrap()
                .group(group)
                .channel(LocalServerChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Frames(true), new Connection(channel));
                    }
                })
                .bind(MemoryTransport.address(port))
                .sync()
                .channel();
    }

    /**
     * What came since it was last asked, each as the notation has it. The proxy's statement names are numbered: {@code #1}.
     *
     * @param connection the first that has logged in is 1
     */
    List<String> received(int connection) {
        List<String> now = List.copyOf(connection(connection).received);
        connection(connection).received.clear();
        return now;
    }

    /** What came by all connections since it was last asked. */
    List<String> received() {
        List<String> now = new ArrayList<>();
        for (int i = 1; i <= connections.size(); i++) {
            now.addAll(received(i));
        }
        return now;
    }

    /** From now on the script answers. */
    void scripted() {
        scripted = true;
    }

    /** Until {@link #scripted} the server answers every query by success. */
    void unscripted() {
        scripted = false;
    }

    /** The server refuses every login from now on. */
    void refuseLogins() {
        refusing = true;
    }

    int logins() {
        return logins;
    }

    /** Sends the messages as one write. */
    void send(int connection, List<String> messages) {
        messages.forEach(message -> connection(connection).channel.write(Notation.ofServer(message)));
        connection(connection).channel.flush();
    }

    void cut(int connection) {
        connection(connection).cut = true;
        connection(connection).channel.close();
    }

    private Connection connection(int number) {
        return connections.get(number - 1);
    }

    void close() throws InterruptedException {
        listening.close().sync();
        connections.forEach(each -> each.channel.close());
    }

    private String numbered(String text) {
        Matcher matcher = SERVER_NAME.matcher(text);
        return matcher.replaceAll(found -> names.computeIfAbsent(found.group(), name -> "#" + (names.size() + 1)));
    }

    private final class Connection extends SimpleChannelInboundHandler<Frame> {
        private final List<String> received = new ArrayList<>();
        private final Channel channel;
        private int pid;
        private boolean cut;

        Connection(Channel channel) {
            this.channel = channel;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, Frame frame) {
            ByteBuf body = frame.body();
            if (frame.type() == 0 && body.getInt(0) == CANCEL) {
                connection(body.getInt(Integer.BYTES) - FIRST_PROCESS).received.add("cancel");
                context.close();
            } else if (frame.type() == 0) {
                logins++;
                login(context);
            } else if (frame.type() == 'Q'
                    && (!scripted
                            || peek(body).startsWith(INQUIRY)
                            || peek(body).equals(UserCode.QUESTION))) {
                answer(context, peek(body));
            } else {
                received.add(numbered(Notation.fromClient(frame.type(), body)));
            }
            body.release();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (pid > 0 && !cut) {
                received.add("closed");
            }
        }

        private static String peek(ByteBuf body) {
            return Notation.string(body.duplicate());
        }

        private void login(ChannelHandlerContext context) {
            if (refusing) {
                context.writeAndFlush(Notation.ofServer("E FATAL 57P03 the database system is starting up"));
                context.close();
                return;
            }
            connections.add(this);
            pid = FIRST_PROCESS + connections.size();
            context.write(Unpooled.buffer().writeByte('R').writeInt(8).writeInt(0));
            for (String status : List.of(
                    "server_version 17.0",
                    "server_encoding UTF8",
                    "client_encoding UTF8",
                    "standard_conforming_strings on",
                    "DateStyle ISO, MDY",
                    "integer_datetimes on",
                    "in_hot_standby off",
                    "session_authorization app")) {
                context.write(Notation.ofServer("S " + status));
            }
            context.write(
                    Unpooled.buffer().writeByte('K').writeInt(12).writeInt(pid).writeInt(7));
            context.writeAndFlush(Notation.ofServer("Z I"));
        }

        private void answer(ChannelHandlerContext context, String sql) {
            if (sql.startsWith(INQUIRY)) {
                context.write(Notation.ofServer("T pid isolation"));
                ByteBuf row = Unpooled.buffer();
                byte[] number = Integer.toString(pid).getBytes(StandardCharsets.UTF_8);
                byte[] isolation = "read committed".getBytes(StandardCharsets.UTF_8);
                row.writeByte('D')
                        .writeInt(4 + 2 + 4 + number.length + 4 + isolation.length)
                        .writeShort(2);
                row.writeInt(number.length)
                        .writeBytes(number)
                        .writeInt(isolation.length)
                        .writeBytes(isolation);
                context.write(row);
                context.write(Notation.ofServer("C SELECT 1"));
            } else if (sql.equals(UserCode.QUESTION)) {
                for (String message : List.of("C SET", "T case", "D NOTHING", "C SELECT 1")) {
                    context.write(Notation.ofServer(message));
                }
            } else {
                Stream.of(sql.split(";"))
                        .filter(statement -> !statement.isBlank())
                        .map(statement -> "C " + statement.strip().split(" ")[0])
                        .forEach(tag -> context.write(Notation.ofServer(tag)));
            }
            context.writeAndFlush(Notation.ofServer(sql.equals("BEGIN") ? "Z T" : "Z I"));
        }
    }
}
