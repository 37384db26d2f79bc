// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;

final class ScramTest {
    private static final byte[] SALT = "a salt of 16 by.".getBytes(StandardCharsets.US_ASCII);

    private final ScramVerifier verifier = ScramVerifier.ofPassword("secret", SALT, 4096);
    private final ScramServer server = new ScramServer(verifier, "servernonce");

    @Test
    void theExampleOfTheRfcIsReproduced() {
        // RFC 7677, section 3.
        ScramServer example = new ScramServer(
                ScramVerifier.ofPassword("pencil", Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096),
                "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        example.first("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", false);
        ScramServer.Proven proven = example.last("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        assertEquals("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", proven.serverFinal());
    }

    @Test
    void bothSidesProveThemselves() {
        ScramClient client = new ScramClient((salt, n) -> ScramKeys.derive("secret", salt, n), "clientnonce");
        ScramServer.Proven proven = server.last(client.last(server.first(client.first(false, null), false)));
        assertTrue(client.verify(proven.serverFinal()));
    }

    @Test
    void aWrongPasswordIsRefused() {
        ScramClient client = new ScramClient((salt, n) -> ScramKeys.derive("guess", salt, n), "clientnonce");
        assertNull(server.last(client.last(server.first(client.first(false, null), false))));
    }

    @Test
    void theProvenKeysLogInWhereTheVerifierIsTheSame() {
        ScramClient first = new ScramClient((salt, n) -> ScramKeys.derive("secret", salt, n), "one");
        ScramKeys proven = server.last(first.last(server.first(first.first(false, null), false)))
                .keys();
        ScramClient second = new ScramClient((salt, n) -> proven, "two");
        ScramServer backend = new ScramServer(verifier, "other");
        assertNotNull(backend.last(second.last(backend.first(second.first(false, null), false))));
    }

    @Test
    void aServerThatDoesNotKnowThePasswordIsFound() {
        ScramClient client = new ScramClient((salt, n) -> ScramKeys.derive("secret", salt, n), "clientnonce");
        client.last(server.first(client.first(false, null), false));
        assertFalse(client.verify("v=" + Base64.getEncoder().encodeToString(new byte[32])));
    }

    @Test
    void channelBindingIsRefused() {
        assertNull(server.first("p=tls-server-end-point,,n=,r=abc", true));
    }

    @Test
    void malformedMessagesAreRefused() {
        for (String message : new String[] {"", "n", "n,", "n,,", "n,,n=", "n,,n=,r=", "x,,n=,r=a", ",,,,,"}) {
            assertNull(server.first(message, false), message);
        }
    }

    @Test
    void aVerifierIsReadAsPostgresWritesIt() {
        Base64.Encoder base64 = Base64.getEncoder();
        ScramVerifier read = ScramVerifier.parse("SCRAM-SHA-256$4096:" + base64.encodeToString(SALT) + "$"
                + base64.encodeToString(verifier.storedKey()) + ":" + base64.encodeToString(verifier.serverKey()));
        assertArrayEquals(verifier.storedKey(), read.storedKey());
    }

    @Test
    void whatIsNoVerifierIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> ScramVerifier.parse("md5abc"));
    }
}
