// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The comment that begins every statement which mirrors or carries rows: {@code /*cutover:TRANSITION.EPOCH*}{@code /}.
 *
 * <p>The database knows only digests of it, so a role that may read the catalogs cannot write one. Both parts are derived from
 * a secret that no statement contains:
 *
 * <ul>
 *   <li>TRANSITION stays the same while the tenant mirrors. The net asks for it: a change under it needs no mark.
 *   <li>EPOCH is another one in each epoch. The fence asks for both: a statement of an earlier epoch cannot write the idle side.
 * </ul>
 *
 * <p>Maintenance sessions write a colon in place of the dot. Code that such a statement runs on the idle side, such as a
 * default, may write there; code that a client's statement runs may not.
 *
 * <p>Neither a client's text nor a log may show a token: {@link #appearsIn} and {@link #hidden}.
 */
public final class MirrorToken {
    /** How many characters of a token the net's digest covers. */
    public static final int TRANSITION_LENGTH = 42;

    /** How many characters a token has; the fence's digests cover all of them. */
    public static final int LENGTH = 77;

    private static final String OPENING = "/*cutover:";
    private static final String PLACEHOLDER = OPENING + "token*/";
    private static final int PART_LENGTH = 32;

    private MirrorToken() {}

    /** The token of a client's mirrored statements. */
    public static String of(String secret, long epoch) {
        return OPENING + part(secret + " transition") + "." + part(secret + " epoch " + epoch) + "*/";
    }

    /** The token of maintenance sessions that belongs to a token of mirrored statements. */
    public static String maintenance(String token) {
        return token.replace('.', ':');
    }

    /** What the net's triggers compare with: SHA-256 of the token's beginning, in hex. */
    public static String netDigest(String token) {
        return digest(token.substring(0, Math.min(TRANSITION_LENGTH, token.length())));
    }

    /** What the fence's triggers compare with: SHA-256 of the whole token, in hex. */
    public static String fenceDigest(String token) {
        return digest(token);
    }

    /** Whether a text holds what a token begins with. No client has a reason to write that. */
    public static boolean appearsIn(String sql) {
        return sql.contains(OPENING);
    }

    /** The text with its token replaced by a word, for people. */
    public static String hidden(String sql) {
        return sql.startsWith(OPENING) && sql.length() >= LENGTH ? PLACEHOLDER + sql.substring(LENGTH) : sql;
    }

    private static String part(String text) {
        return digest(text).substring(0, PART_LENGTH);
    }

    private static String digest(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
