// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A test script: blocks between lines that are empty, each a text and the lines expected of it, which begin with
 * {@code =>}. Lines that begin with # before a text are comments.
 */
public final class Script {
    /** One block of a script. */
    public record Case(String text, List<String> expected, int line) {
        @Override
        public String toString() {
            return "line " + line + ": " + text.replace('\n', ' ');
        }
    }

    private Script() {}

    public static Stream<Case> read(Class<?> owner, String resource) {
        List<Case> cases = new ArrayList<>();
        List<String> text = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        int number = 0;
        int first = 0;
        for (String line : lines(owner, resource)) {
            number++;
            if (line.startsWith("=> ") || line.equals("=>")) {
                expected.add(line.substring(Math.min(3, line.length())));
            } else if (line.isEmpty()) {
                if (!expected.isEmpty()) {
                    cases.add(new Case(String.join("\n", text), List.copyOf(expected), first));
                }
                text.clear();
                expected.clear();
            } else if (!(text.isEmpty() && line.startsWith("#"))) {
                first = text.isEmpty() ? number : first;
                text.add(line);
            }
        }
        return cases.stream();
    }

    private static List<String> lines(Class<?> owner, String resource) {
        try (InputStream in = owner.getResourceAsStream(resource)) {
            List<String> lines = new ArrayList<>(new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
                    .lines()
                    .toList());
            lines.add("");
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
