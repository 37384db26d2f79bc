// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

/** What comes of comparing a read's two answers. */
public sealed interface Verdict {
    /** They are the same. */
    record Equal() implements Verdict {}

    /** They are not. @param how the first difference, in words */
    record Different(String how) implements Verdict {}

    /** They cannot be compared. @param why in words */
    record Incomparable(String why) implements Verdict {}
}
