// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.AuthConfig;
import dev.cutover.config.AuthConfig.User;
import dev.cutover.config.Secret;
import dev.cutover.proxy.auth.ClientLogin.Step;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A client cannot find out who the users are. */
class UnknownUserTest {
    private static final String VERIFIER = "SCRAM-SHA-256$10000:W22ZaJ0SNY7soEsUEjb6gQ==$"
            + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";

    /** Gives the same nonce each time, so that answers can be compared. */
    private static final class Constant extends SecureRandom {
        private static final long serialVersionUID = 1L;

        @Override
        public void nextBytes(byte[] bytes) {
            java.util.Arrays.fill(bytes, (byte) 7);
        }

        @Override
        public int nextInt(int bound) {
            return 1;
        }
    }

    private final AtomicInteger derivations = new AtomicInteger();

    @Test
    void anUnknownUserGetsTheBytesOfAWrongPassword() {
        ClientAuthenticator authenticator = authenticator(new User(new Secret("secret"), null));

        assertEquals(refused(authenticator, "alice"), refused(authenticator, "mally"));
    }

    @Test
    void verifiersWithOtherIterationsDoNotStandOut() {
        ClientAuthenticator authenticator = authenticator(new User(null, new Secret(VERIFIER)));

        assertEquals(refused(authenticator, "alice"), refused(authenticator, "mally"));
    }

    @Test
    void aLoginDerivesNoKeysWhetherTheUserIsKnownOrNot() {
        ClientAuthenticator authenticator = authenticator(new User(new Secret("secret"), null));
        int before = derivations.get();

        refused(authenticator, "alice");
        int known = derivations.get() - before;
        refused(authenticator, "mally");
        int unknown = derivations.get() - before - known;

        assertEquals(List.of(1, 0, 0), List.of(before, known, unknown));
    }

    private ClientAuthenticator authenticator(User alice) {
        return new ClientAuthenticator(
                new AuthConfig(AuthConfig.Method.SCRAM_SHA_256, Map.of("alice", alice)),
                null,
                new Constant(),
                (password, salt, iterations) -> {
                    derivations.incrementAndGet();
                    return ScramKeys.derive(password, salt, iterations);
                });
    }

    /** All that a client sees which knows no password; the salt, which is the user's own, and the user's name left out. */
    private static List<String> refused(ClientAuthenticator authenticator, String user) {
        List<ClientLogin> begun = new ArrayList<>();
        authenticator.begin(user, null, Runnable::run, begun::add, error -> {});
        ClientLogin login = begun.get(0);
        ScramClient client = new ScramClient((salt, n) -> ScramKeys.derive("guess", salt, n), "clientnonce");
        List<String> seen = new ArrayList<>();
        seen.add(text(login.first()));
        byte[] first = client.first(false, null).getBytes(StandardCharsets.US_ASCII);
        ByteBuf initial = Unpooled.buffer();
        initial.writeBytes("SCRAM-SHA-256\0".getBytes(StandardCharsets.US_ASCII));
        initial.writeInt(first.length).writeBytes(first);
        String serverFirst = text(login.answer(initial, 0, initial.writerIndex()));
        seen.add(serverFirst.replaceAll("(?<=,s=)[A-Za-z0-9+/]{22}==", "salt"));
        ByteBuf last = Unpooled.copiedBuffer(
                String.valueOf(client.last(serverFirst.substring(serverFirst.indexOf("r=")))),
                StandardCharsets.US_ASCII);
        seen.add(text(login.answer(last, 0, last.writerIndex())).replace(user, "user"));
        return seen;
    }

    private static String text(Step step) {
        if (step instanceof Step.Challenge challenge) {
            return challenge.code() + new String(challenge.data(), StandardCharsets.US_ASCII);
        }
        ByteBuf bytes = Unpooled.buffer();
        ((Step.Rejected) step).error().writeTo(bytes);
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
