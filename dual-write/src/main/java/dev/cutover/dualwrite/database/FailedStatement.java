// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Describes to an operator the statement of a migration that the server refused. */
public final class FailedStatement {
    private static final int LONGEST = 200;
    /** Enough to find a statement by. */
    private static final int SEARCHED = 60;

    private FailedStatement() {}

    /** In one line, shortened. */
    public static String shown(@Nullable String statement) {
        String line = statement == null ? "" : statement.strip().replaceAll("\\s+", " ");
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
    }

    /** The line of a file at which a statement begins; 0 if it is not found. White space and case do not matter. */
    public static int line(Path file, String statement) {
        String wanted = dense(statement);
        wanted = wanted.substring(0, Math.min(SEARCHED, wanted.length()));
        try {
            String text = Files.readString(file);
            StringBuilder dense = new StringBuilder();
            int[] lines = new int[text.length()];
            int line = 1;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (!Character.isWhitespace(c)) {
                    lines[dense.length()] = line;
                    dense.append(c);
                } else if (c == '\n') {
                    line++;
                }
            }
            int found = wanted.isEmpty() ? -1 : dense(dense.toString()).indexOf(wanted);
            return found < 0 ? 0 : lines[found];
        } catch (IOException e) {
            return 0;
        }
    }

    private static String dense(String text) {
        return text.replaceAll("\\s+", "").toLowerCase(Locale.ROOT);
    }
}
