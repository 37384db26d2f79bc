// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The proxy's own login on one backend connection: answers the server's Authentication messages. */
public final class BackendLogin {
    private final BackendCredentials credentials;
    private final ScramClient scram;
    private byte @Nullable [] endPoint;
    private boolean confidential;

    public BackendLogin(BackendCredentials credentials) {
        this.credentials = credentials;
        this.scram = new ScramClient(credentials::scramKeys, credentials.nonce());
    }

    /** @param serverEndPoint of the TLS connection, for channel binding; null without TLS */
    public void bindTo(byte @Nullable [] serverEndPoint) {
        endPoint = serverEndPoint;
    }

    /** Nobody but the server can read what is sent: by TLS, or because it never leaves the machine. */
    public void confidential() {
        confidential = true;
    }

    /**
     * Answers one message, {@code byte 'R', int32 length, int32 code, byte[] data}.
     *
     * @param out takes the answer; stays empty where none is due
     * @return why it cannot continue, or null
     */
    public @Nullable ErrorFields answer(ByteBuf in, int start, int length, ByteBuf out) {
        int code = in.getInt(start + 5);
        int data = start + 9;
        int limit = start + length;
        switch (code) {
            case Authentication.OK:
                return null;
            case Authentication.CLEARTEXT_PASSWORD:
                return confidential ? password(out, credentials.password()) : overheard();
            case Authentication.MD5_PASSWORD:
                byte[] salt = new byte[4];
                in.getBytes(data, salt);
                String password = credentials.password();
                return password(out, password == null ? null : md5(password, credentials.user(), salt));
            case Authentication.SASL:
                return saslInitialResponse(in, data, limit, out);
            case Authentication.SASL_CONTINUE:
                String clientFinal = scram.last(text(in, data, limit));
                if (clientFinal == null) {
                    return noCredentials();
                }
                int message = Messages.begin(out, FrontendMessage.PASSWORD);
                out.writeCharSequence(clientFinal, StandardCharsets.US_ASCII);
                Messages.finish(out, message);
                return null;
            case Authentication.SASL_FINAL:
                return scram.verify(text(in, data, limit)) ? null : imposter();
            default:
                return ErrorFields.fatal(
                        "28000",
                        "the server asks for an authentication method that the proxy does not know (" + code + ")",
                        "Let the server's pg_hba.conf ask for scram-sha-256, md5 or trust.");
        }
    }

    /** {@code string mechanism, int32 length, byte[length] data} */
    private @Nullable ErrorFields saslInitialResponse(ByteBuf in, int data, int limit, ByteBuf out) {
        String offered = "\0" + text(in, data, limit);
        if (!offered.contains("\0" + Authentication.SCRAM_SHA_256 + "\0")) {
            return ErrorFields.fatal(
                    "28000", "the server does not offer SCRAM-SHA-256", "Let pg_hba.conf ask for scram-sha-256.");
        }
        boolean bindable = offered.contains("\0" + Authentication.SCRAM_SHA_256_PLUS + "\0");
        byte[] first = scram.first(bindable, endPoint).getBytes(StandardCharsets.US_ASCII);
        int message = Messages.begin(out, FrontendMessage.PASSWORD);
        Strings.write(out, scram.bound() ? Authentication.SCRAM_SHA_256_PLUS : Authentication.SCRAM_SHA_256);
        out.writeInt(first.length);
        out.writeBytes(first);
        Messages.finish(out, message);
        return null;
    }

    private @Nullable ErrorFields password(ByteBuf out, @Nullable String password) {
        if (password == null) {
            return noCredentials();
        }
        int message = Messages.begin(out, FrontendMessage.PASSWORD);
        Strings.write(out, password);
        Messages.finish(out, message);
        return null;
    }

    private ErrorFields noCredentials() {
        return ErrorFields.fatal(
                "28P01",
                "the proxy has no password with which to log in user \"" + credentials.user() + "\"",
                "Set auth.users." + credentials.user()
                        + ".password, or a verifier equal to the server's own (same salt and iterations).");
    }

    private static ErrorFields overheard() {
        return ErrorFields.fatal(
                "28000",
                "the server asks for the password in clear, and the connection to it is not encrypted",
                "Set tls of the cluster in the proxy's configuration, or let the server's pg_hba.conf ask for"
                        + " scram-sha-256.");
    }

    private static ErrorFields imposter() {
        return ErrorFields.fatal(
                "28000",
                "the server could not prove that it knows the user's password",
                "Check that the cluster's host and port are the intended server.");
    }

    /** {@code "md5" + hex(md5(hex(md5(password + user)) + salt))} */
    static String md5(String password, String user, byte[] salt) {
        try {
            MessageDigest digest = MessageDigest.getInstance("MD5");
            digest.update(password.getBytes(StandardCharsets.UTF_8));
            byte[] inner = digest.digest(user.getBytes(StandardCharsets.UTF_8));
            digest.update(HexFormat.of().formatHex(inner).getBytes(StandardCharsets.US_ASCII));
            return "md5" + HexFormat.of().formatHex(digest.digest(salt));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no MD5", e);
        }
    }

    private static String text(ByteBuf in, int start, int limit) {
        return in.toString(start, limit - start, StandardCharsets.UTF_8);
    }
}
