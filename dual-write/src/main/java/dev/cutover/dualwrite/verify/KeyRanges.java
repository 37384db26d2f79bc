// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a table into ranges of its keys, one after the other, for threads that compare them side by side. Knows up to which key
 * everything has been compared.
 */
final class KeyRanges {
    private final DataSource serving;
    private final KeyedTable table;
    private final boolean ordered;
    private final Deque<KeyRange> running = new ArrayDeque<>();
    private final Set<KeyRange> compared = new HashSet<>();
    private @Nullable String cutTo;
    private @Nullable String comparedTo;
    private boolean cut;

    /**
     * @param ordered whether both sides have the same order of keys; if not, the whole table is one range
     * @param from the key up to which it was compared before; null for none
     */
    KeyRanges(DataSource serving, KeyedTable table, boolean ordered, @Nullable String from) {
        this.serving = serving;
        this.table = table;
        this.ordered = ordered;
        this.cutTo = from;
        this.comparedTo = from;
    }

    /** The next range of so many serving rows; null if there is none any more. */
    synchronized @Nullable KeyRange next(long rows) throws SQLException {
        if (cut) {
            return null;
        }
        String to = null;
        if (ordered) {
            try (Connection connection = serving.getConnection()) {
                to = table.keyBehind(connection, cutTo, rows);
            }
        }
        KeyRange range = new KeyRange(cutTo, to);
        cutTo = to;
        cut = to == null;
        running.add(range);
        return range;
    }

    /** The range was compared, or need not be. @return whether that has moved {@link #comparedTo} */
    synchronized boolean compared(KeyRange range) {
        compared.add(range);
        boolean moved = false;
        while (!running.isEmpty() && compared.remove(running.peek())) {
            comparedTo = running.remove().to();
            moved = true;
        }
        return moved;
    }

    /** The key up to which everything was compared; null while nothing was, and when {@link #done}. */
    synchronized @Nullable String comparedTo() {
        return comparedTo;
    }

    synchronized boolean done() {
        return cut && running.isEmpty();
    }
}
