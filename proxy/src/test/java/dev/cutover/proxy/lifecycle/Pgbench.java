// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.dualwrite.testing.InstalledPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** PostgreSQL's own load generator, run against a port. */
final class Pgbench {
    private final int port;
    private final String user;
    private final String password;

    Pgbench(int port, String user, String password) {
        this.port = port;
        this.user = user;
        this.password = password;
    }

    /** A run that has begun. */
    record Run(Process process, Path output) {
        /** Ends a run that has no end of its own, as Ctrl-C does; it may not have reported an error before. */
        void interrupt() throws IOException, InterruptedException {
            process.toHandle().destroy();
            process.waitFor();
            String text = Files.readString(output);
            if (text.contains("ERROR") || text.contains("aborted")) {
                throw new AssertionError("pgbench reported an error:\n" + text);
            }
        }

        /** What it printed; fails unless it ended well. */
        String succeed() throws IOException, InterruptedException {
            int status = process.waitFor();
            String text = Files.readString(output);
            if (status != 0 || text.contains("ERROR") || text.contains("aborted")) {
                throw new AssertionError("pgbench exited with " + status + ":\n" + text);
            }
            return text;
        }
    }

    Run start(String database, String... options) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                InstalledPostgres.program("pgbench"), "-h", "127.0.0.1", "-p", String.valueOf(port), "-U", user));
        command.addAll(List.of(options));
        command.add(database);
        Path output = Files.createTempFile("pgbench", ".log");
        output.toFile().deleteOnExit();
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().put("PGPASSWORD", password);
        return new Run(builder.start(), output);
    }

    String run(String database, String... options) throws IOException, InterruptedException {
        return start(database, options).succeed();
    }
}
