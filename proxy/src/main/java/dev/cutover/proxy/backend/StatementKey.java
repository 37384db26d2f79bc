// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import com.github.benmanes.caffeine.cache.Interner;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A statement as a backend has it prepared: the text that was really sent, the parameter types, and the
 * {@code search_path} it was prepared under. Interned over all sessions, so that two sessions which prepare the same
 * share it, and so that looking it up compares references.
 */
public final class StatementKey {
    private static final Interner<StatementKey> INTERNER = Interner.newWeakInterner();
    private static final AtomicLong NEXT = new AtomicLong();

    /** A longer text is known by its digest: a server connection keeps many keys, and for long. */
    private static final int LONG = 4096;

    private final byte[] text;
    private final byte[] parameterTypes;
    private final String searchPath;
    private final int hash;
    private byte[] serverName = new byte[0];

    private StatementKey(byte[] text, byte[] parameterTypes, String searchPath) {
        this.text = text.length > LONG ? digest(text) : text;
        this.parameterTypes = parameterTypes;
        this.searchPath = searchPath;
        this.hash = (Arrays.hashCode(this.text) * 31 + Arrays.hashCode(parameterTypes)) * 31 + searchPath.hashCode();
    }

    /** @param parameterTypes the rest of a Parse message behind its text: count and type OIDs */
    public static StatementKey of(String text, Charset charset, byte[] parameterTypes, String searchPath) {
        return of(text.getBytes(charset), parameterTypes, searchPath);
    }

    /** Of a statement that means something in its own session only. */
    public static StatementKey unshared(byte[] text, byte[] parameterTypes) {
        String name = "cutover_" + NEXT.incrementAndGet();
        StatementKey key = new StatementKey(text, parameterTypes, name);
        key.serverName = name.getBytes(StandardCharsets.US_ASCII);
        return key;
    }

    public static StatementKey of(byte[] text, byte[] parameterTypes, String searchPath) {
        StatementKey candidate = new StatementKey(text, parameterTypes, searchPath);
        // The name is set before the key is published, and not overwritten: the interner keeps the first.
        candidate.serverName = ("cutover_" + NEXT.incrementAndGet()).getBytes(StandardCharsets.US_ASCII);
        return INTERNER.intern(candidate);
    }

    /** What no text can be: it begins with a zero byte. */
    private static byte[] digest(byte[] text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text);
            byte[] marked = new byte[digest.length + 1];
            System.arraycopy(digest, 0, marked, 1, digest.length);
            return marked;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    public byte[] parameterTypes() {
        return parameterTypes;
    }

    /** What the statement is called on every backend that has it. */
    public byte[] serverName() {
        return serverName;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof StatementKey that
                        && hash == that.hash
                        && Arrays.equals(text, that.text)
                        && Arrays.equals(parameterTypes, that.parameterTypes)
                        && searchPath.equals(that.searchPath));
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
