package dev.cutover.proxy.reply;

import io.netty.buffer.ByteBuf;

/** What a session must know of the replies that pass. */
public interface ReplyListener {
    /**
     * A statement of a QUERY or EXECUTE has succeeded.
     *
     * @param rolledBack whether the command tag says ROLLBACK, as that of a COMMIT which failed does
     */
    void completed(Expected expected, boolean rolledBack);

    /** ParseComplete has come for a PARSE or INJECTED_PARSE. */
    void parsed(Expected expected);

    /** RowDescription or NoData, as it stands in the buffer, has come for a DESCRIBE or INJECTED_DESCRIBE. */
    void described(Expected expected, byte type, ByteBuf in, int start, int length);

    /** CloseComplete has come for a message that something is attached to. */
    void closed(Expected expected);

    /** The message was answered by an error. */
    void failed(Expected expected);

    /** The message was never run: an earlier one failed, and the server skips to Sync. */
    void skipped(Expected expected);

    /** ReadyForQuery for a message of the client; it has been taken from the queue. */
    void ready(byte status);

    /** ReadyForQuery for our own SETTINGS or REPLAY. */
    void settingsApplied();

    /** ReadyForQuery for our own ABORT. */
    void aborted();

    /** A row of the answer to our own INQUIRY: a reason that still holds. */
    void stillHolds(String reason);

    /** ReadyForQuery for our own INQUIRY; if it had no success, nothing is known. */
    void inquired(boolean success);

    /** The answer to our own CODE. */
    void userCode(String reach);

    /** COPY data is expected from the client now. */
    void copyIn();
}
