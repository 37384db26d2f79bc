// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.backfill;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a backfill has left to do, shared by its workers. Tables are begun in their order; workers that find no more slices of
 * one begin the next.
 */
final class WorkList {
    private final List<Table> tables = new ArrayList<>();
    private boolean stopped;

    void add(TableCopy copy) {
        tables.add(new Table(copy));
    }

    /** One step of a worker. */
    sealed interface Task {}

    /** To copy a slice, chunk by chunk. */
    record CopySlice(Table table, Slice slice) implements Task {}

    /**
     * To find out which slices are to be copied.
     *
     * @param last whether all that were known are copied: the table is done if there are no more
     */
    record Cut(Table table, boolean last) implements Task {}

    /** One table's part, changed under the list's lock. */
    static final class Table {
        private final TableCopy copy;
        private final Deque<Slice> open = new ArrayDeque<>();
        private int taken;
        private boolean cut;
        private boolean done;

        Table(TableCopy copy) {
            this.copy = copy;
        }

        TableCopy copy() {
            return copy;
        }

        /** Rows may move while they are copied, so that the table is cut once more when all slices are done. */
        private @Nullable Task next() {
            if (done || (open.isEmpty() && taken > 0)) {
                return null;
            }
            taken++;
            if (!open.isEmpty()) {
                return new CopySlice(this, open.remove());
            }
            return new Cut(this, cut);
        }
    }

    /** Waits for something to do; null when there is nothing any more. */
    synchronized @Nullable Task take() throws InterruptedException {
        while (!stopped) {
            boolean done = true;
            for (Table table : tables) {
                Task task = table.next();
                if (task != null) {
                    return task;
                }
                done &= table.done;
            }
            if (done) {
                return null;
            }
            wait();
        }
        return null;
    }

    /** The slice was copied, or its rows lie elsewhere now. */
    synchronized void ended(CopySlice task) {
        task.table().taken--;
        notifyAll();
    }

    /** Does what a cut is for. */
    void run(Cut task) throws SQLException {
        Table table = task.table();
        List<Slice> slices = table.copy.cut();
        boolean finished = task.last() && slices.isEmpty();
        if (finished) {
            table.copy.finish();
        }
        synchronized (this) {
            table.open.addAll(slices);
            table.cut = true;
            table.done = finished;
            table.taken--;
            notifyAll();
        }
    }

    synchronized boolean done() {
        return tables.stream().allMatch(table -> table.done);
    }

    /** No more tasks are given out. */
    synchronized void stop() {
        stopped = true;
        notifyAll();
    }

    synchronized boolean stopped() {
        return stopped;
    }
}
