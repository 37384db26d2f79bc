// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the program says, in descriptions of options, messages and log lines, is plain English, too. */
class PlainMessagesTest {
    private static final Pattern COMMENT = Pattern.compile("/\\*(?:[^*]|\\*(?!/))*+\\*/|(?m)^\\s*//.*$");
    private static final Pattern LITERAL = Pattern.compile("\"(?:\\\\.|[^\"\\\\\\n])*+\"");

    private static final Pattern BANNED = Pattern.compile(
            "\\b(go(es)? on|get(s)? on|at work|(is|are|was|were) told|mend(s|ed|ing)?|anew|by (itself|themselves)|so many|likewise"
                    + "|whoever|takes away|took away|stands? in the way|what becomes of|have it go|go(es)? against)\\b");

    @Test
    void noMessageReadsLikeATranslation() throws IOException {
        List<Path> sources = sources();

        List<String> stumbling = sources.stream()
                .flatMap(source -> literals(source)
                        .filter(text ->
                                BANNED.matcher(text.toLowerCase(Locale.ROOT)).find())
                        .map(text -> source.getFileName() + ": " + text))
                .toList();

        assertFalse(sources.isEmpty());
        assertEquals(List.of(), stumbling);
    }

    private static Stream<String> literals(Path source) {
        try {
            String code = COMMENT.matcher(Files.readString(source)).replaceAll("");
            return LITERAL.matcher(code).results().map(found -> found.group());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> file.toString().contains("src/main/java"))
                    .sorted()
                    .toList();
        }
    }
}
