// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.ProtocolViolation;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One client's login: what to ask it next, until it is let in or turned away. */
public final class ClientLogin {
    /** What the client gets to see next. */
    public sealed interface Step {
        /** An Authentication message that the client must answer. */
        record Challenge(int code, byte[] data) implements Step {}

        /** @param finalData of AuthenticationSASLFinal, to be sent before AuthenticationOk; null without SASL */
        record Accepted(byte @Nullable [] finalData) implements Step {}

        record Rejected(ErrorFields error) implements Step {}
    }

    private static final byte[] MECHANISMS =
            (Authentication.SCRAM_SHA_256 + "\0\0").getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BOUND_MECHANISMS = (Authentication.SCRAM_SHA_256_PLUS + "\0"
                    + Authentication.SCRAM_SHA_256 + "\0\0")
            .getBytes(StandardCharsets.US_ASCII);

    private final String user;
    private final @Nullable ScramServer scram;
    private final boolean known;
    private final Consumer<ScramKeys> onProof;
    private final Runnable onRefusal;
    private boolean initial = true;

    private ClientLogin(
            String user, @Nullable ScramServer scram, boolean known, Consumer<ScramKeys> onProof, Runnable onRefusal) {
        this.onRefusal = onRefusal;
        this.user = user;
        this.scram = scram;
        this.known = known;
        this.onProof = onProof;
    }

    static ClientLogin trusted() {
        return new ClientLogin("", null, true, keys -> {}, () -> {});
    }

    /** @param known whether the user exists; if not, the proof is checked all the same, and never right */
    static ClientLogin scram(
            String user, ScramServer scram, boolean known, Consumer<ScramKeys> onProof, Runnable onRefusal) {
        return new ClientLogin(user, scram, known, onProof, onRefusal);
    }

    public Step first() {
        if (scram == null) {
            return new Step.Accepted(null);
        }
        return new Step.Challenge(Authentication.SASL, scram.bindable() ? BOUND_MECHANISMS : MECHANISMS);
    }

    /** Takes the body of a SASLInitialResponse or SASLResponse. */
    public Step answer(ByteBuf in, int start, int limit) {
        if (scram == null) {
            throw ProtocolViolation.UNEXPECTED_MESSAGE;
        }
        if (initial) {
            initial = false;
            return initialResponse(scram, in, start, limit);
        }
        ScramServer.Proven proven = scram.last(ascii(in, start, limit));
        if (proven == null || !known) {
            onRefusal.run();
            return new Step.Rejected(wrongPassword());
        }
        onProof.accept(proven.keys());
        return new Step.Accepted(proven.serverFinal().getBytes(StandardCharsets.US_ASCII));
    }

    /** {@code string mechanism, int32 length or -1, byte[length] data} */
    private static Step initialResponse(ScramServer scram, ByteBuf in, int start, int limit) {
        int end = Strings.end(in, start, limit);
        String mechanism = Strings.read(in, start, end);
        boolean bound = mechanism.equals(Authentication.SCRAM_SHA_256_PLUS);
        if ((!bound && !mechanism.equals(Authentication.SCRAM_SHA_256)) || end + 5 > limit) {
            return new Step.Rejected(malformed());
        }
        String serverFirst = scram.first(ascii(in, end + 5, limit), bound);
        if (serverFirst == null) {
            return new Step.Rejected(malformed());
        }
        return new Step.Challenge(Authentication.SASL_CONTINUE, serverFirst.getBytes(StandardCharsets.US_ASCII));
    }

    private ErrorFields wrongPassword() {
        return ErrorFields.fatal(
                "28P01",
                "password authentication failed for user \"" + user + "\"",
                "The proxy checks passwords against auth of its configuration.");
    }

    private static ErrorFields malformed() {
        return ErrorFields.fatal(
                "08P01",
                "malformed SCRAM message",
                "The proxy accepts SCRAM-SHA-256, and within TLS SCRAM-SHA-256-PLUS with tls-server-end-point.");
    }

    private static String ascii(ByteBuf in, int start, int limit) {
        return in.toString(start, limit - start, StandardCharsets.UTF_8);
    }
}
