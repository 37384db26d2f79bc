// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import dev.cutover.dualwrite.backfill.CopyOutcome.Copied;
import dev.cutover.dualwrite.backfill.WorkList.CopySlice;
import dev.cutover.dualwrite.backfill.WorkList.Cut;
import dev.cutover.dualwrite.backfill.WorkList.Task;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.worker.Throttle;
import java.sql.SQLException;
import java.util.concurrent.Callable;

/** One of the threads that copy. Its chunks are as large as a short transaction allows. */
final class Worker implements Callable<Boolean> {
    private static final long FIRST_BLOCKS = 16;
    private static final long MOST_BLOCKS = 16_384;
    private static final long PAUSE_MILLIS = 50;
    private static final int ATTEMPTS = 200;

    private final WorkList work;
    private final Throttle throttle;
    private long blocks = FIRST_BLOCKS;

    Worker(WorkList work, Throttle throttle) {
        this.work = work;
        this.throttle = throttle;
    }

    @Override
    public Boolean call() throws SQLException, InterruptedException {
        for (Task task = work.take(); task != null; task = work.take()) {
            if (task instanceof Cut cut) {
                work.run(cut);
            } else if (task instanceof CopySlice copy) {
                copy(copy.table().copy(), copy.slice());
                work.ended(copy);
            }
        }
        return true;
    }

    private void copy(TableCopy table, Slice slice) throws SQLException, InterruptedException {
        Slice left = slice;
        while (!left.done() && throttle.await(work::stopped)) {
            Chunk chunk = copyChunk(table, left);
            if (chunk.outcome() instanceof Copied copied) {
                throttle.passed(copied.rows());
            } else {
                return;
            }
            left = left.copiedTo(chunk.to());
        }
    }

    private void adapt(long took, long copied) {
        long wanted = throttle.chunkNanos();
        if (took < wanted / 2 && copied == blocks) {
            blocks = Math.min(MOST_BLOCKS, blocks * 2);
        } else if (took > wanted * 3 / 2) {
            blocks = Math.max(1, blocks * wanted / took);
        }
    }

    /** @param to the first block behind it */
    private record Chunk(CopyOutcome outcome, long to) {}

    /** Copies as many of the next blocks as a short transaction allows. */
    private Chunk copyChunk(TableCopy table, Slice slice) throws SQLException, InterruptedException {
        for (int attempt = 1; ; ) {
            long to = Math.min(slice.end(), slice.next() + blocks);
            try {
                long begin = System.nanoTime();
                CopyOutcome outcome = table.copy(slice, to);
                adapt(System.nanoTime() - begin, to - slice.next());
                return new Chunk(outcome, to);
            } catch (SQLException e) {
                boolean refused = Transactions.refuses(e);
                if (refused && to - slice.next() == 1) {
                    return new Chunk(table.mark(slice, to), to);
                } else if (!refused && (attempt == ATTEMPTS || !Transactions.gaveWay(e))) {
                    throw e;
                }
                blocks = Math.max(1, (to - slice.next()) / 2);
                if (!refused) {
                    attempt++;
                    Thread.sleep(PAUSE_MILLIS);
                }
            }
        }
    }
}
