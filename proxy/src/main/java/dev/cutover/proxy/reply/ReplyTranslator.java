package dev.cutover.proxy.reply;

import dev.cutover.dualwrite.rewrite.Rewrite;
import dev.cutover.proxy.reply.Expected.Kind;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Outbox;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides for every reply of a backend whether the client gets it, gets another one, or gets nothing. */
public final class ReplyTranslator {
    private final ReplyQueue queue;
    private final Outbox client;
    private final ReplyListener listener;

    public ReplyTranslator(ReplyQueue queue, Outbox client, ReplyListener listener) {
        this.queue = queue;
        this.client = client;
        this.listener = listener;
    }

    public void frame(byte type, ByteBuf in, int start, int length) {
        Expected next = queue.peek();
        if (next != null && next.kind.ours()) {
            own(next, type, in, start, length);
            return;
        }
        switch (type) {
            case BackendMessage.DATA_ROW:
                if (next != null && countsRows(next)) {
                    next.rows = countColumn(in, start);
                } else {
                    client.forward(in, start, length);
                }
                break;
            case BackendMessage.COMMAND_COMPLETE:
                commandComplete(next, in, start, length);
                break;
            case BackendMessage.READY_FOR_QUERY:
                if (next != null && next.unseen) {
                    pop(next);
                    break;
                }
                client.forward(in, start, length);
                readyForQuery(next, in.getByte(start + FrameReader.HEADER_LENGTH));
                break;
            case BackendMessage.BIND_COMPLETE:
                if (next == null || next.kind != Kind.INJECTED_BIND) {
                    client.forward(in, start, length);
                }
                pop(next);
                break;
            case BackendMessage.PARSE_COMPLETE:
            case BackendMessage.CLOSE_COMPLETE:
                if (next == null || (next.kind != Kind.INJECTED_PARSE && next.kind != Kind.INJECTED_CLOSE)) {
                    client.forward(in, start, length);
                }
                if (next != null && type == BackendMessage.PARSE_COMPLETE) {
                    listener.parsed(next);
                } else if (next != null && next.subject != null) {
                    listener.closed(next);
                }
                pop(next);
                break;
            case BackendMessage.ROW_DESCRIPTION:
                rowDescription(next, in, start, length);
                break;
            default:
                rare(next, type, in, start, length);
                break;
        }
    }

    private void rare(@Nullable Expected next, byte type, ByteBuf in, int start, int length) {
        switch (type) {
            case BackendMessage.ERROR_RESPONSE:
                error(next, in, start, length);
                break;
            case BackendMessage.NO_DATA:
                noData(next, in, start, length);
                break;
            case BackendMessage.PARAMETER_DESCRIPTION:
                if (next == null || next.kind != Kind.INJECTED_DESCRIBE) {
                    client.forward(in, start, length);
                }
                break;
            case BackendMessage.PORTAL_SUSPENDED:
                client.forward(in, start, length);
                pop(next);
                break;
            case BackendMessage.EMPTY_QUERY_RESPONSE:
                client.forward(in, start, length);
                if (next != null && next.kind == Kind.EXECUTE) {
                    pop(next);
                }
                break;
            case BackendMessage.COPY_IN_RESPONSE:
            case BackendMessage.COPY_BOTH_RESPONSE:
                client.forward(in, start, length);
                if (!queue.dropSyncsBeforeCopyEnd()) {
                    listener.copyIn();
                }
                break;
            default:
                // CopyOutResponse, CopyData, CopyDone, FunctionCallResponse, NoticeResponse, and what later versions
                // of the protocol may bring.
                client.forward(in, start, length);
                break;
        }
    }

    /** The error that the first message was answered by is not the client's to see, nor the ReadyForQuery behind it. */
    public void unseen() {
        Expected failed = queue.peek();
        if (failed != null && !failed.kind.cycle()) {
            queue.remove();
            failed = queue.peek();
        }
        if (failed != null) {
            failed.unseen = true;
        }
    }

    /** Emits what is synthesised and has come to the head of the queue. */
    public void emitSynthesised() {
        Expected next;
        while ((next = queue.peek()) != null && next.kind.synthesised()) {
            if (next.kind == Kind.KNOWN_PARSE) {
                Messages.bare(client.appendable(), BackendMessage.PARSE_COMPLETE);
            } else if (next.kind == Kind.VIRTUAL_CLOSE) {
                Messages.bare(client.appendable(), BackendMessage.CLOSE_COMPLETE);
            }
            queue.remove();
        }
    }

    private void pop(@Nullable Expected next) {
        if (next != null) {
            queue.remove();
            emitSynthesised();
        }
    }

    private void readyForQuery(@Nullable Expected next, byte status) {
        pop(next);
        listener.ready(status);
    }

    private void rowDescription(@Nullable Expected next, ByteBuf in, int start, int length) {
        boolean describe = next != null && next.kind == Kind.DESCRIBE;
        boolean ours = next != null && next.kind == Kind.INJECTED_DESCRIBE;
        if (next == null || !(countsRows(next) || ours)) {
            client.forward(in, start, length);
        } else if (describe) {
            Messages.bare(client.appendable(), BackendMessage.NO_DATA);
        }
        if (describe || ours) {
            described(next, BackendMessage.ROW_DESCRIPTION, in, start, length);
        }
    }

    private void noData(@Nullable Expected next, ByteBuf in, int start, int length) {
        if (next == null || next.kind != Kind.INJECTED_DESCRIBE) {
            client.forward(in, start, length);
        }
        described(next, BackendMessage.NO_DATA, in, start, length);
    }

    private void described(@Nullable Expected next, byte type, ByteBuf in, int start, int length) {
        if (next != null) {
            listener.described(next, type, in, start, length);
            pop(next);
        }
    }

    private void commandComplete(@Nullable Expected next, ByteBuf in, int start, int length) {
        int tag = start + FrameReader.HEADER_LENGTH;
        int end = start + length;
        if (next == null) {
            client.forward(in, start, length);
            return;
        }
        Rewrite.Mirrored rewrite = next.mirrored;
        if (next.kind == Kind.INJECTED_EXECUTE) {
            pop(next);
            return;
        }
        String own = next.edited == null ? next.tag : next.edited.tag(next.answered);
        next.answered++;
        if (EditedText.NOT_THE_CLIENTS.equals(own)) {
            return;
        }
        if (own != null) {
            Messages.commandComplete(client.appendable(), own);
        } else if (rewrite == null) {
            client.forward(in, start, length);
        } else {
            long rows = countsRows(next) ? next.rows : CommandTag.rows(in, tag, end);
            Messages.commandComplete(
                    client.appendable(), CommandTag.of(rewrite.reply().kind(), rows));
        }
        if (next.subject != null) {
            listener.completed(next, CommandTag.isRollback(in, tag, end));
        }
        next.completed++;
        if (next.kind == Kind.EXECUTE) {
            pop(next);
        }
    }

    private void error(@Nullable Expected next, ByteBuf in, int start, int length) {
        if (next == null) {
            client.forward(in, start, length);
            return;
        }
        if (next.substitute != null) {
            next.substitute.writeTo(client.appendable());
        } else if (next.edited != null || next.translation != null) {
            ErrorFields error = ErrorFields.decode(in, start, length);
            if (next.edited != null) {
                error = next.edited.shifted(error);
            }
            if (next.translation != null) {
                error = shifted(next.translation.sql(), next.translation.pieces(), next.clientText, error);
            }
            error.writeTo(client.appendable());
        } else if (next.mirrored != null) {
            shifted(next.mirrored, next.clientText, ErrorFields.decode(in, start, length))
                    .writeTo(client.appendable());
        } else {
            client.forward(in, start, length);
        }
        listener.failed(next);
        if (!next.kind.cycle()) {
            queue.remove();
            queue.skipToSync(listener);
        }
    }

    /** Makes the position one in the client's own text, or removes it if it lies outside of that. */
    static ErrorFields shifted(Rewrite.Mirrored rewrite, @Nullable String clientText, ErrorFields error) {
        return shifted(rewrite.sql(), rewrite.pieces(), clientText, error);
    }

    private static ErrorFields shifted(
            String sql, List<Rewrite.Piece> pieces, @Nullable String clientText, ErrorFields error) {
        String position = error.get(ErrorFields.POSITION);
        if (position == null || clientText == null) {
            return error;
        }
        int characters = Integer.parseInt(position) - 1;
        int own = characters > sql.codePointCount(0, sql.length())
                ? -1
                : Rewrite.Piece.clientIndex(pieces, sql.offsetByCodePoints(0, characters));
        return own >= 0 && own <= clientText.length()
                ? error.with(ErrorFields.POSITION, Integer.toString(clientText.codePointCount(0, own) + 1))
                : error.without(ErrorFields.POSITION);
    }

    /** Replies to a simple Query of our own. What does not answer it is the client's. */
    private void own(Expected next, byte type, ByteBuf in, int start, int length) {
        switch (type) {
            case BackendMessage.READY_FOR_QUERY -> ownReady(next);
            case BackendMessage.COMMAND_COMPLETE -> next.completed++;
            case BackendMessage.DATA_ROW -> {
                if (next.kind == Kind.INQUIRY) {
                    listener.stillHolds(textColumn(in, start));
                } else if (next.kind == Kind.CODE) {
                    listener.userCode(textColumn(in, start));
                }
            }
            case BackendMessage.ERROR_RESPONSE -> {
                ErrorFields error = ErrorFields.decode(in, start, length);
                next.substitute = error;
                if (next.kind == Kind.SETTINGS || next.kind == Kind.REPLAY) {
                    listener.failed(next);
                }
                if (next.kind != Kind.SETTINGS && error.fatal()) {
                    client.forward(in, start, length);
                }
            }
            default -> {}
        }
    }

    private void ownReady(Expected next) {
        Kind kind = next.kind;
        boolean success = next.completed > 0;
        pop(next);
        switch (kind) {
            case ABORT -> listener.aborted();
            case INQUIRY -> listener.inquired(success);
            default -> listener.settingsApplied();
        }
    }

    private static boolean countsRows(Expected next) {
        return next.mirrored != null && next.mirrored.reply().shape() == Rewrite.Shape.COUNT_ROW;
    }

    /** As {@link #countColumn}; a column that is not NULL. */
    private static String textColumn(ByteBuf in, int start) {
        return in.toString(start + 11, in.getInt(start + 7), StandardCharsets.US_ASCII);
    }

    /** {@code int16 columns, then for each int32 length, byte[length] value}: here one column, a number as text. */
    private static long countColumn(ByteBuf in, int start) {
        int valueLength = in.getInt(start + 7);
        long rows = 0;
        for (int i = 0; i < valueLength; i++) {
            rows = rows * 10 + (in.getByte(start + 11 + i) - '0');
        }
        return rows;
    }
}
