package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that ask for much and read nothing. */
@ExtendWith(PostgresExtension.class)
final class SlowReadersIT {
    private static final int CLIENTS = 1000;
    private static final int BACKENDS = 60;

    /** 100 MB for each client; the proxy has 64 MB of heap and as much beside it. */
    @Test
    void aThousandOfThemFitIntoASmallProcess(TestDatabase database) throws Exception {
        database.execute("CREATE SCHEMA blue");
        Process proxy = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:MaxDirectMemorySize=64m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ProxyFixture.class.getName(),
                        "0",
                        Integer.toString(database.server().port()),
                        database.name(),
                        Integer.toString(BACKENDS))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<RawClient> clients = new ArrayList<>();
        try {
            int port = port(proxy);
            for (int i = 0; i < CLIENTS; i++) {
                RawClient client = RawClient.login(port, database.server().user(), ProxyFixture.TENANT);
                clients.add(client);
                client.query("SELECT repeat('x', 1000000) FROM generate_series(1, 100)");
            }
            while (!database.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'ClientWrite'"
                            + " AND datname = current_database()")
                    .equals(List.of(Integer.toString(BACKENDS)))) {
                Thread.onSpinWait();
            }
            assertTrue(proxy.isAlive());
            close(clients);
            try (RawClient client = RawClient.login(port, database.server().user(), ProxyFixture.TENANT)) {
                assertEquals("TDC[SELECT 1]ZI", client.query("SELECT 1").summary());
            }
        } finally {
            proxy.destroyForcibly();
            close(clients);
        }
    }

    private static void close(List<RawClient> clients) throws IOException {
        for (RawClient client : clients) {
            client.close();
        }
        clients.clear();
    }

    private static int port(Process proxy) throws IOException {
        BufferedReader out = new BufferedReader(new InputStreamReader(proxy.getInputStream(), StandardCharsets.UTF_8));
        String prefix = "listening on ";
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(prefix)) {
                return Integer.parseInt(line.substring(prefix.length()));
            }
        }
        throw new IOException("the proxy ended before it listened");
    }
}
