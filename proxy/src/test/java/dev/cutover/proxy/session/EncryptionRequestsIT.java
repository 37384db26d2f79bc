// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** SSLRequest and GSSENCRequest are each answered once, as by the server: whoever repeats them cannot have answers pile up. */
@ExtendWith(PostgresExtension.class)
final class EncryptionRequestsIT {
    private static final int SSL = 80877103;
    private static final int GSS = 80877104;

    static Stream<int[]> sequences() {
        return Stream.of(
                new int[] {SSL},
                new int[] {GSS},
                new int[] {SSL, GSS},
                new int[] {GSS, SSL},
                new int[] {SSL, SSL},
                new int[] {GSS, GSS},
                new int[] {SSL, SSL, SSL, SSL, SSL, SSL});
    }

    @ParameterizedTest
    @MethodSource("sequences")
    void areAnsweredAsByTheServer(int[] requests, TestDatabase database) throws Exception {
        try (ProxyFixture proxy = ProxyFixture.start(database, 1)) {
            assertEquals(answers(database.server().port(), requests), answers(proxy.port(), requests));
        }
    }

    /** All that comes, of an error its SQLSTATE. */
    private static String answers(int port, int[] requests) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            StringBuilder answers = new StringBuilder();
            for (int request : requests) {
                out.writeInt(8);
                out.writeInt(request);
                out.flush();
                int answer = socket.getInputStream().read();
                if (answer != 'N') {
                    String rest = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
                    return answers
                            + String.valueOf((char) answer)
                            + rest.replaceFirst("(?s).*\0C([0-9A-Z]{5})\0.*", "$1");
                }
                answers.append((char) answer);
            }
            return answers.toString();
        }
    }
}
