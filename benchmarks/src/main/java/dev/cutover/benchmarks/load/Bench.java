// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Where and how long scenarios run.
 *
 * @param home of the checkout
 * @param quick shows that everything runs, and measures nothing worth a look
 */
record Bench(Path home, boolean quick) {
    /** The folder of a scenario. */
    Path scenario(String name) {
        return home.resolve("benchmarks/scenarios/" + name);
    }

    int rounds() {
        return quick ? 1 : 5;
    }

    double seconds() {
        return quick ? 1 : 4;
    }

    /** See {@link WarmUp}. */
    double warmUpSeconds() {
        return quick ? 1 : 8;
    }

    /** Prints what is being done. */
    @SuppressWarnings("SystemOut") // a command's own output
    void say(String format, Object... arguments) {
        System.out.println(String.format(Locale.ROOT, format, arguments));
    }

    /** What was measured on what: hardware, versions, and which state of the project. */
    String machine(Server server) throws Exception {
        return String.format(
                Locale.ROOT,
                "%d cores of %s, %d GiB; %s; PostgreSQL %s; JDK %s%s%s%s",
                Runtime.getRuntime().availableProcessors(),
                procField("/proc/cpuinfo", "model name"),
                Math.round(Long.parseLong(procField("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1048576.0),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                server.show("server_version").split(" ")[0],
                Runtime.version(),
                version("pgbouncer", "--version"),
                version("haproxy", "-v"),
                state());
    }

    /** The commit that is checked out, and its date; empty outside of a repository. */
    private String state() throws Exception {
        List<String> log = List.of("git", "-C", home.toString(), "log", "-1", "--format=; Cutover at %h of %cs");
        Program.Ended ended = installed("git") ? Program.end(log) : new Program.Ended(1, "");
        return ended.status() == 0 ? ended.output().strip() : "";
    }

    private static String procField(String file, String name) throws IOException {
        return Files.readAllLines(Path.of(file)).stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).trim())
                .findFirst()
                .orElse("?");
    }

    /** Of a peer; empty if it is not installed. */
    private static String version(String... command) throws Exception {
        return installed(command[0])
                ? "; " + Program.run(List.of(command)).lines().findFirst().orElse("?")
                : "";
    }

    /** Whether a program is in the path. */
    static boolean installed(String program) {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
