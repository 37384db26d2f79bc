// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.cli.exit.ExitCode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** {@code docs/command.md} tells all of it. */
class CommandPageTest {
    private static final Path PAGE = Path.of("../docs/command.md");

    @Test
    void everyVerbAndOptionIsDocumented() throws Exception {
        String page = Files.readString(PAGE);

        Set<String> missing = new TreeSet<>();
        Main.commandLine().getSubcommands().forEach((verb, command) -> addMissing(page, verb, command, missing));

        assertEquals(Set.of(), missing);
    }

    private static void addMissing(String page, String verb, CommandLine command, Set<String> missing) {
        if (!page.contains("\n### `cutover " + verb)) {
            missing.add(verb);
        }
        for (OptionSpec option : command.getCommandSpec().options()) {
            if (!page.contains("`" + option.longestName())) {
                missing.add(verb + " " + option.longestName());
            }
        }
        command.getSubcommands().forEach((name, each) -> addMissing(page, verb + " " + name, each, missing));
    }

    @Test
    void everyExitCodeIsDocumented() throws Exception {
        String page = Files.readString(PAGE);

        Set<Integer> missing = new TreeSet<>();
        for (Field field : ExitCode.class.getFields()) {
            int code = Modifier.isStatic(field.getModifiers()) ? field.getInt(null) : -1;
            if (!page.contains("\n| " + code + " |")) {
                missing.add(code);
            }
        }

        assertEquals(Set.of(), missing);
    }

    @Test
    void aWrongCommandLineIsAUsageError() {
        CommandLine command = Main.commandLine();
        command.setErr(new java.io.PrintWriter(java.io.Writer.nullWriter()));

        int exitCode = command.execute("status");

        assertEquals(ExitCode.USAGE, exitCode);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "ftp://127.0.0.1", "http:///v1", "http://bad host:1", "127.0.0.1:6480"})
    void anAdminUrlThatIsNoneIsAUsageError(String url) {
        CommandLine command = Main.commandLine();
        StringWriter err = new StringWriter();
        command.setErr(new PrintWriter(err, true));

        int exitCode = command.execute("tenants", "--admin", url);

        assertEquals(ExitCode.USAGE, exitCode);
        assertTrue(err.toString().startsWith("--admin (or CUTOVER_ADMIN): not a URL"), err::toString);
    }
}
