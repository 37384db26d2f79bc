// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * PgBouncer's own way: PAUSE, another database in its configuration, RELOAD, RESUME. It keeps nothing equal. Its console
 * is spoken to by one psql that stays; pgjdbc begins with a SET that the console refuses.
 */
final class BouncerMover implements Mover, AutoCloseable {
    static final String BLUE = "bouncer_blue";
    static final String GREEN = "bouncer_green";
    private static final String FILE = "pgbouncer-transaction.ini";
    private static final String DONE = "done";

    private final Peers peers;
    private final Process console;
    private final Writer commands;
    private final BufferedReader answers;
    private boolean green;

    BouncerMover(Peers peers, Contender bouncer) throws IOException {
        this.peers = peers;
        this.console = new ProcessBuilder(List.of(
                        "psql",
                        "-X",
                        "-q",
                        "-v",
                        "ON_ERROR_STOP=1",
                        "-h",
                        "127.0.0.1",
                        "-p",
                        Integer.toString(bouncer.port()),
                        "-U",
                        Server.USER,
                        "pgbouncer"))
                .redirectErrorStream(true)
                .start();
        this.commands = console.outputWriter();
        this.answers = console.inputReader();
    }

    @Override
    public Move move() throws IOException {
        long begin = now();
        run("PAUSE " + Server.DATABASE);
        String from = green ? GREEN : BLUE;
        peers.change(FILE, "dbname=" + from, "dbname=" + (green ? BLUE : GREEN));
        green = !green;
        run("RELOAD");
        run("RESUME " + Server.DATABASE);
        long end = now();
        return new Move(begin, end, end - begin, "");
    }

    private void run(String command) throws IOException {
        commands.write(command + ";\n\\echo " + DONE + "\n");
        commands.flush();
        String answer = answers.readLine();
        if (!DONE.equals(answer)) {
            throw new IOException("PgBouncer's console, " + command + ": " + answer);
        }
    }

    private static long now() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    @Override
    public void close() throws IOException {
        // psql ends where its input does.
        commands.close();
        answers.close();
        console.destroy();
    }
}
