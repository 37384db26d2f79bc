// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

/**
 * Types of the messages that a client sends, named as in the PostgreSQL manual, <a
 * href="https://www.postgresql.org/docs/current/protocol-message-formats.html">chapter 55.7, Message Formats</a>.
 */
public final class FrontendMessage {
    public static final byte BIND = 'B';
    public static final byte CLOSE = 'C';
    public static final byte COPY_DATA = 'd';
    public static final byte COPY_DONE = 'c';
    public static final byte COPY_FAIL = 'f';
    public static final byte DESCRIBE = 'D';
    public static final byte EXECUTE = 'E';
    public static final byte FLUSH = 'H';
    public static final byte FUNCTION_CALL = 'F';
    public static final byte PARSE = 'P';
    /** PasswordMessage, SASLInitialResponse, SASLResponse and GSSResponse share it. */
    public static final byte PASSWORD = 'p';

    public static final byte QUERY = 'Q';
    public static final byte SYNC = 'S';
    public static final byte TERMINATE = 'X';

    /** Describe and Close: of a prepared statement. */
    public static final byte STATEMENT = 'S';
    /** Describe and Close: of a portal. */
    public static final byte PORTAL = 'P';

    private FrontendMessage() {}
}
