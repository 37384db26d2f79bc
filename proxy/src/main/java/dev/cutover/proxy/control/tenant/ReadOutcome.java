// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

/** What became of a read of the sample. */
public enum ReadOutcome {
    EQUAL,
    DIFFERENT,
    INCOMPARABLE,
    /** Too many waited to be compared, or a flip or the end of mirroring came first. */
    DROPPED
}
