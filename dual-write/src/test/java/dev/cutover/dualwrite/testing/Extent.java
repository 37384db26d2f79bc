// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

/** How much of what takes long a test run does: a short form by default, all of it with {@code mvn -Pslow}. */
public final class Extent {
    private static final boolean WHOLE = Boolean.getBoolean("cutover.slow");

    private Extent() {}

    /** Whether this run does all of it. */
    public static boolean whole() {
        return WHOLE;
    }

    public static int of(int shortForm, int whole) {
        return WHOLE ? whole : shortForm;
    }
}
