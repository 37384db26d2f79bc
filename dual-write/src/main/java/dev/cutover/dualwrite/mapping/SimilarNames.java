// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Guesses which of several names a name was changed to. For suggestions only. */
final class SimilarNames {
    private static final int SHORTEST = 3;

    private SimilarNames() {}

    /** The candidate that is most like the name; null if none is like it. */
    static @Nullable String closest(String name, List<String> candidates) {
        String closest = null;
        int least = Integer.MAX_VALUE;
        for (String candidate : candidates) {
            int distance = distance(bare(name), bare(candidate));
            if (distance < least && similar(bare(name), bare(candidate), distance)) {
                closest = candidate;
                least = distance;
            }
        }
        return closest;
    }

    private static String bare(String name) {
        return name.toLowerCase(Locale.ROOT).replace("_", "");
    }

    private static boolean similar(String one, String other, int distance) {
        int shorter = Math.min(one.length(), other.length());
        boolean contained = shorter >= SHORTEST && (one.contains(other) || other.contains(one));
        return contained || distance <= shorter / 3;
    }

    /** How many letters have to be added, removed or replaced (Levenshtein). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j < row.length; j++) {
                int replaced = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[other.length()];
    }
}
