// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

/** The outcome of copying some blocks of a table. */
sealed interface CopyOutcome {
    /** The blocks are recorded as copied. */
    record Copied(long rows) implements CopyOutcome {}

    /** The table's rows lie elsewhere now, or its blocks were copied by another backfill: nothing is copied, cut the table again. */
    record Moved() implements CopyOutcome {}
}
