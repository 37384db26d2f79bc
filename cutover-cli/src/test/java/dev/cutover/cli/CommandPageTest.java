package dev.cutover.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.cli.exit.ExitCode;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** {@code docs/command.md} tells all of it. */
class CommandPageTest {
    private static final Path PAGE = Path.of("../docs/command.md");

    @Test
    void everyVerbAndOptionIsDocumented() throws Exception {
        String page = Files.readString(PAGE);

        Set<String> missing = new TreeSet<>();
        Main.commandLine().getSubcommands().forEach((verb, command) -> {
            if (!page.contains("\n### `cutover " + verb)) {
                missing.add(verb);
            }
            for (OptionSpec option : command.getCommandSpec().options()) {
                if (!page.contains("`" + option.longestName())) {
                    missing.add(verb + " " + option.longestName());
                }
            }
        });

        assertEquals(Set.of(), missing);
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
}
