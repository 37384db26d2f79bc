package dev.cutover.proxy.reply;

import dev.cutover.dualwrite.rewrite.Rewrite;
import dev.cutover.dualwrite.rewrite.Translation;
import dev.cutover.proxy.wire.ErrorFields;
import org.jspecify.annotations.Nullable;

/** The reply that is expected to one message that was sent to a backend. Reused: valid only while it is in its queue. */
public final class Expected {
    /** What the message was, and so what answers it. */
    public enum Kind {
        /** A simple Query of the client, up to ReadyForQuery. */
        QUERY,
        FUNCTION_CALL,
        SYNC,
        PARSE,
        BIND,
        DESCRIBE,
        EXECUTE,
        CLOSE,
        /** A Parse that was not sent, because the backend has the statement. ParseComplete is synthesised. */
        KNOWN_PARSE,
        /** A Close that was not sent, because the statement is shared. CloseComplete is synthesised. */
        VIRTUAL_CLOSE,
        /** A Parse of ours, put before a message of the client. Its success is swallowed, its failure is not. */
        INJECTED_PARSE,
        /** A Bind of ours. Swallowed. */
        INJECTED_BIND,
        /** A Describe of ours. Its success is swallowed, its failure is not. */
        INJECTED_DESCRIBE,
        /** An Execute of ours. Swallowed. */
        INJECTED_EXECUTE,
        /** A Close of ours, to make room. Swallowed. */
        INJECTED_CLOSE,
        /** A simple Query of ours that applies settings. Swallowed up to ReadyForQuery. */
        SETTINGS,
        /** A simple Query of ours that ends or fails a transaction. Swallowed whole, up to ReadyForQuery. */
        ABORT,
        /** A PREPARE or DEALLOCATE of ours. Swallowed up to ReadyForQuery, whatever the answer is. */
        REPLAY,
        /** A simple Query of ours that asks which reasons still pin the session. Swallowed up to ReadyForQuery. */
        INQUIRY,
        /** A simple Query of ours that asks for the code in the database. Swallowed up to ReadyForQuery, whatever the answer is. */
        CODE,
        /** No reply at all: the client ended its COPY data here. */
        COPY_END;

        boolean synthesised() {
            return this == KNOWN_PARSE || this == VIRTUAL_CLOSE || this == COPY_END;
        }

        /** Whether it is answered by ReadyForQuery, and an error does not skip what follows. */
        boolean cycle() {
            return this == QUERY || this == FUNCTION_CALL || this == SYNC || ours();
        }

        /** Whether it brings a backend to where a session left another one: what it changes on the way concerns nobody. */
        public boolean replays() {
            return this == SETTINGS || this == REPLAY || this == CODE;
        }

        /** Whether it is a simple Query of our own. */
        boolean ours() {
            return this == SETTINGS || this == ABORT || this == REPLAY || this == INQUIRY || this == CODE;
        }
    }

    Kind kind = Kind.SYNC;

    @Nullable Object subject;

    Rewrite.@Nullable Mirrored mirrored;

    @Nullable String clientText;

    @Nullable ErrorFields substitute;

    /** The command tag that the client's own text would have got; null if it is the server's. */
    @Nullable String tag;

    @Nullable EditedText edited;

    @Nullable Translation translation;

    /** The ReadyForQuery is not the client's to see. */
    boolean unseen;

    /** How many CommandComplete have come; those of added statements included. */
    int answered;

    int completed;
    long rows;

    public Kind kind() {
        return kind;
    }

    /** The error that was answered to it, or that it stands for. */
    public @Nullable ErrorFields error() {
        return substitute;
    }

    /** Whatever the sender attached. */
    public @Nullable Object subject() {
        return subject;
    }

    /** How many of its statements have been completed, the current one excluded. */
    public int completed() {
        return completed;
    }

    /** The rewritten text that the message carries; null if it carries the client's. */
    public Rewrite.@Nullable Mirrored rewrite() {
        return mirrored;
    }

    /** What the client wrote in place of a rewritten text. */
    public @Nullable String clientText() {
        return clientText;
    }

    /** The message carries a rewritten text: its replies are made those of the client's own. */
    public Expected mirrored(Rewrite.@Nullable Mirrored rewrite, @Nullable String text) {
        mirrored = rewrite;
        clientText = text;
        return this;
    }

    /** The message carries another command than the client's own, whose tag this is; null if it does not. */
    public Expected tag(@Nullable String clientTag) {
        tag = clientTag;
        return this;
    }

    /** The message carries the client's text with other statements in it; null if it does not. */
    public Expected edited(@Nullable EditedText text) {
        edited = text;
        return this;
    }

    /** The message carries what the client's text means on the serving side, under an edit if there is one; null if it does not. */
    public Expected translated(@Nullable Translation text, @Nullable String client) {
        translation = text;
        clientText = text == null ? clientText : client;
        return this;
    }

    /** The message was made to fail; this is the error that the client gets to see. */
    public Expected substitute(ErrorFields error) {
        substitute = error;
        return this;
    }

    Expected reset(Kind newKind, @Nullable Object newSubject) {
        kind = newKind;
        subject = newSubject;
        mirrored = null;
        clientText = null;
        substitute = null;
        tag = null;
        edited = null;
        translation = null;
        unseen = false;
        answered = 0;
        completed = 0;
        rows = 0;
        return this;
    }
}
