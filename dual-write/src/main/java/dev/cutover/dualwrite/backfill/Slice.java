// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

/**
 * Some blocks of a serving table or of one of its partitions, and how far they are copied.
 *
 * @param relation its OID
 * @param name schema-qualified
 * @param filenode where its rows lay when the slice was cut
 * @param first the slice's first block
 * @param next the first block that is not copied yet
 * @param end the first block that is not the slice's
 */
record Slice(long relation, String name, long filenode, long first, long next, long end) {
    /** PostgreSQL's smallest tuple with its line pointer: no block has more of them. */
    private static final int SMALLEST_TUPLE = 28;

    private static final int TID_RANGE_SCANS = 14;

    boolean done() {
        return next >= end;
    }

    Slice copiedTo(long block) {
        return new Slice(relation, name, filenode, first, block, end);
    }

    /**
     * What follows the result columns of a query for the rows from {@link #next} on, those of {@code to} not included.
     *
     * @param serverVersion the major one: before 14 PostgreSQL reads a range of blocks only tuple by tuple
     */
    String rows(long to, int serverVersion) {
        return " FROM ONLY " + name + " AS cutover_b WHERE "
                + (serverVersion >= TID_RANGE_SCANS
                        ? "ctid >= '(" + next + ",0)'::tid AND ctid < '(" + to + ",0)'::tid"
                        : "ctid = ANY (ARRAY(SELECT ('(' || b || ',' || n || ')')::tid FROM generate_series("
                                + next + "::bigint, " + (to - 1)
                                + ") AS b, generate_series(1, current_setting('block_size')::int / " + SMALLEST_TUPLE
                                + ") AS n))");
    }
}
