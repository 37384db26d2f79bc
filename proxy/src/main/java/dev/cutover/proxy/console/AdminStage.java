// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.console;

import dev.cutover.proxy.session.shared.AdminDatabase.Operator;
import dev.cutover.proxy.session.shared.ClientStage;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.ProtocolViolation;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An operator who is logged in to the admin database: simple query, and as much of the extended query as drivers need,
 * without parameters (chapters 55.2.2 and 55.2.3). While a command runs, nothing more is read.
 */
public final class AdminStage implements ClientStage {
    private static final Logger LOG = LoggerFactory.getLogger(AdminStage.class);
    private static final int LONGEST_MESSAGE = 64 * 1024;
    private static final int TEXT_OID = 25;

    private final Operator operator;
    private final Commands commands;
    private final Executor threads;
    private final String actor;
    private final Map<String, Command> statements = new HashMap<>();
    private final Map<String, Command> portals = new HashMap<>();
    /** After an error in the extended protocol: what comes before Sync is discarded. */
    private boolean skipping;

    private boolean running;
    private boolean ended;

    AdminStage(Operator operator, Commands commands, Executor threads) {
        this.operator = operator;
        this.commands = commands;
        this.threads = threads;
        this.actor = operator.user() + " in the admin database";
    }

    @Override
    public boolean frame(byte type, ByteBuf in, int start, int length) {
        if (skipping && type != FrontendMessage.SYNC && type != FrontendMessage.TERMINATE) {
            return true;
        }
        int body = start + FrameReader.HEADER_LENGTH;
        int limit = start + length;
        try {
            switch (type) {
                case FrontendMessage.QUERY -> query(string(in, body, limit));
                case FrontendMessage.PARSE -> parse(in, body, limit);
                case FrontendMessage.BIND -> bind(in, body, limit);
                case FrontendMessage.DESCRIBE -> describe(in, body, limit);
                case FrontendMessage.EXECUTE -> execute(portals, string(in, body, limit));
                case FrontendMessage.CLOSE -> close(in, body, limit);
                case FrontendMessage.SYNC -> {
                    skipping = false;
                    portals.clear();
                    ready();
                }
                case FrontendMessage.FLUSH -> {}
                case FrontendMessage.TERMINATE -> operator.channel().close();
                default -> throw new AdminFailure("0A000", "the admin database does not take this message", "");
            }
        } catch (AdminFailure e) {
            fail(e.error());
        }
        return true;
    }

    private static String string(ByteBuf in, int start, int limit) {
        return Strings.read(in, start, Strings.end(in, start, limit));
    }

    private ByteBuf out() {
        return operator.out().appendable();
    }

    private void ready() {
        Messages.readyForQuery(out(), BackendMessage.IDLE);
    }

    private void fail(ErrorFields error) {
        skipping = true;
        error.writeTo(out());
    }

    /** Several commands may stand in one text; the first that fails ends it. */
    private void query(String text) {
        List<Command> parsed;
        try {
            parsed = commands.parse(text);
        } catch (AdminFailure e) {
            e.error().writeTo(out());
            ready();
            return;
        }
        if (parsed.isEmpty()) {
            Messages.bare(out(), BackendMessage.EMPTY_QUERY_RESPONSE);
            ready();
            return;
        }
        next(parsed, 0);
    }

    private void next(List<Command> parsed, int index) {
        if (index == parsed.size()) {
            ready();
            return;
        }
        Command command = parsed.get(index);
        run(command, (rows, error) -> {
            if (error != null) {
                error.writeTo(out());
                ready();
                return;
            }
            if (!command.columns().isEmpty()) {
                rowDescription(command);
            }
            answer(command, rows);
            next(parsed, index + 1);
        });
    }

    /** {@code string name, string text, int16 count, int32[count] types} */
    private void parse(ByteBuf in, int body, int limit) throws AdminFailure {
        int nameEnd = Strings.end(in, body, limit);
        List<Command> parsed = commands.parse(string(in, nameEnd + 1, limit));
        if (parsed.size() > 1) {
            throw new AdminFailure("42601", "cannot insert multiple commands into a prepared statement", "");
        }
        statements.put(Strings.read(in, body, nameEnd), parsed.isEmpty() ? Command.nothing("") : parsed.get(0));
        Messages.bare(out(), BackendMessage.PARSE_COMPLETE);
    }

    /** {@code string portal, string statement, ...}: there are no parameters, and text and its binary form are the same. */
    private void bind(ByteBuf in, int body, int limit) throws AdminFailure {
        int portalEnd = Strings.end(in, body, limit);
        portals.put(Strings.read(in, body, portalEnd), find(statements, string(in, portalEnd + 1, limit), "26000"));
        Messages.bare(out(), BackendMessage.BIND_COMPLETE);
    }

    private static Command find(Map<String, Command> known, String name, String sqlState) throws AdminFailure {
        Command command = known.get(name);
        if (command == null) {
            throw new AdminFailure(sqlState, "\"" + name + "\" does not exist", "");
        }
        return command;
    }

    /** {@code byte 'S' or 'P', string name} */
    private void describe(ByteBuf in, int body, int limit) throws AdminFailure {
        boolean statement = in.getByte(body) == FrontendMessage.STATEMENT;
        String name = string(in, body + 1, limit);
        Command command = statement ? find(statements, name, "26000") : find(portals, name, "34000");
        if (statement) {
            int message = Messages.begin(out(), BackendMessage.PARAMETER_DESCRIPTION);
            ByteBuf out = out();
            out.writeShort(0);
            Messages.finish(out, message);
        }
        if (command.columns().isEmpty()) {
            Messages.bare(out(), BackendMessage.NO_DATA);
        } else {
            rowDescription(command);
        }
    }

    private void execute(Map<String, Command> known, String portal) throws AdminFailure {
        Command command = find(known, portal, "34000");
        run(command, (rows, error) -> {
            if (error == null) {
                answer(command, rows);
            } else {
                fail(error);
            }
        });
    }

    /** {@code byte 'S' or 'P', string name} */
    private void close(ByteBuf in, int body, int limit) {
        (in.getByte(body) == FrontendMessage.STATEMENT ? statements : portals).remove(string(in, body + 1, limit));
        Messages.bare(out(), BackendMessage.CLOSE_COMPLETE);
    }

    /** What a command gave, on the event loop; without rows if there is an error. */
    private interface Outcome {
        void accept(List<List<String>> rows, @Nullable ErrorFields error);
    }

    private void run(Command command, Outcome outcome) {
        running = true;
        operator.hold().run();
        threads.execute(() -> {
            List<List<String>> rows = List.of();
            ErrorFields error = null;
            try {
                rows = command.source().rows(actor);
            } catch (AdminFailure e) {
                error = e.error();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                error = ErrorFields.error("57P03", "the proxy is going down", "The command may still be running.");
            } catch (RuntimeException e) {
                LOG.warn("command of the admin database failed: command={}", command.tag(), e);
                error = ErrorFields.error("XX000", "internal error of the proxy", "The proxy's log has the details.");
            }
            deliver(outcome, rows, error);
        });
    }

    private void deliver(Outcome outcome, List<List<String>> rows, @Nullable ErrorFields error) {
        operator.channel().eventLoop().execute(() -> {
            if (!ended) {
                running = false;
                outcome.accept(rows, error);
                operator.out().flush();
                if (!running) {
                    // Only now: what comes next is answered behind it.
                    operator.release().run();
                    operator.out().flush();
                }
            }
        });
    }

    /** For each column {@code string name, int32 table, int16 number, int32 type, int16 size, int32 modifier, int16 format} */
    private void rowDescription(Command command) {
        ByteBuf out = out();
        int message = Messages.begin(out, BackendMessage.ROW_DESCRIPTION);
        out.writeShort(command.columns().size());
        for (String column : command.columns()) {
            Strings.write(out, column);
            out.writeInt(0)
                    .writeShort(0)
                    .writeInt(TEXT_OID)
                    .writeShort(-1)
                    .writeInt(-1)
                    .writeShort(0);
        }
        Messages.finish(out, message);
    }

    /** Rows of {@code int16 count} and for each column {@code int32 length, byte[length] value}, then CommandComplete. */
    private void answer(Command command, List<List<String>> rows) {
        for (List<String> row : rows) {
            ByteBuf out = out();
            int message = Messages.begin(out, BackendMessage.DATA_ROW);
            out.writeShort(row.size());
            for (String value : row) {
                byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                out.writeInt(bytes.length).writeBytes(bytes);
            }
            Messages.finish(out, message);
        }
        if (command.tag().isEmpty()) {
            Messages.bare(out(), BackendMessage.EMPTY_QUERY_RESPONSE);
        } else {
            Messages.commandComplete(out(), command.tag());
        }
    }

    @Override
    public int wholeLimit(byte type) {
        return LONGEST_MESSAGE;
    }

    @Override
    public boolean head(byte type, long frameLength, ByteBuf in, int start, int available) {
        throw ProtocolViolation.INVALID_LENGTH;
    }

    @Override
    public void chunk(ByteBuf in, int start, int length, boolean last) {}

    @Override
    public void readComplete() {
        operator.out().flush();
    }

    @Override
    public void writabilityChanged(boolean writable) {}

    @Override
    public void closed() {
        ended = true;
        operator.out().discard();
    }

    @Override
    public void end(ErrorFields error) {
        if (!ended) {
            ended = true;
            error.writeTo(out());
            operator.out().flush();
            operator.channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
