// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.wire;

/**
 * A message that cannot be what the protocol allows. Stackless and made once per kind, so that hostile input costs
 * nothing to refuse.
 */
public final class ProtocolViolation extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public static final ProtocolViolation INVALID_LENGTH = new ProtocolViolation("invalid message length");
    public static final ProtocolViolation UNTERMINATED_STRING = new ProtocolViolation("invalid string in message");
    public static final ProtocolViolation NAME_TOO_LONG =
            new ProtocolViolation("statement or portal name too long in message");
    public static final ProtocolViolation INVALID_STARTUP_PACKET =
            new ProtocolViolation("invalid startup packet layout");
    public static final ProtocolViolation INVALID_STARTUP_LENGTH =
            new ProtocolViolation("invalid length of startup packet");
    public static final ProtocolViolation UNENCRYPTED_DATA =
            new ProtocolViolation("received unencrypted data after SSL request");
    public static final ProtocolViolation UNEXPECTED_MESSAGE =
            new ProtocolViolation("unexpected message during authentication");

    private ProtocolViolation(String message) {
        super(message, null, false, false);
    }

    /** The text, which every violation has. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
