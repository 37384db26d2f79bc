// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import com.fasterxml.jackson.core.JsonLocation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is likely to be wrong where a text is not valid YAML: the parser names what it met, not what was meant. */
final class YamlMistake {
    private YamlMistake() {}

    /** Begins with a semicolon; empty if nothing is likely. */
    static String likelyCause(String text, @Nullable JsonLocation found) {
        List<String> lines = text.lines().toList();
        int last =
                found == null || found.getLineNr() < 1 ? lines.size() : Math.min(lines.size(), found.getLineNr() + 1);
        for (int i = last; i >= 1; i--) {
            String line = lines.get(i - 1);
            if (line.strip().startsWith("#")) {
                continue;
            }
            if (line.substring(0, line.length() - line.stripLeading().length()).indexOf('\t') >= 0) {
                return "; line " + i + " is indented with a tab, YAML wants spaces";
            }
            if (odd(line, '"') || odd(line, '\'')) {
                return "; a quote in line " + i + " is not closed, or one within quotes is not doubled";
            }
            if (line.matches(".*:\\s+[@`%].*")) {
                return "; a value in line " + i + " begins with a character that must be quoted";
            }
        }
        return "";
    }

    private static boolean odd(String line, char quote) {
        return line.chars().filter(c -> c == quote).count() % 2 == 1;
    }
}
