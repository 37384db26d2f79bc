// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.verify;

import dev.cutover.dualwrite.database.Placement.TwoDatabases;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.KeyRange;
import dev.cutover.dualwrite.rowsql.KeyedTable;
import dev.cutover.dualwrite.rowsql.RowHash;
import dev.cutover.dualwrite.rowsql.TableSql;
import dev.cutover.dualwrite.transfer.Crossing;
import dev.cutover.dualwrite.transfer.KeyBuckets;
import dev.cutover.dualwrite.transfer.KeyBuckets.Both;
import dev.cutover.dualwrite.transfer.KeyBuckets.Sum;
import dev.cutover.dualwrite.verify.Verification.Difference;
import dev.cutover.dualwrite.verify.Verification.Kind;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares two databases: the hashes of the rows are summed up, on both sides at the same time. Where the sums differ, that is
 * done again for rows divided by a hash of their key. Where the sums of a bucket differ, keys and hashes of its serving rows are compared with the hashes of the idle
 * rows of the same keys, and then the idle side's keys with the serving side's. Keys are looked up and not walked side by
 * side, since two databases may sort them differently.
 *
 * <p>No snapshot spans both, and rows are on their way all the time. So what differs is only a suspect. A suspect is looked
 * at on the serving side, on the idle side, and on the serving side once more. If the serving row is the same both times
 * and no mark of the key was there either time, then nothing was on its way: the idle row should have been equal. Twice in
 * a row, because a row may have been changed there and back between the looks.
 */
final class ComparisonAcross implements TableComparison {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);
    private static final int LOOKS = 2;
    private static final KeyBuckets BUCKETS = new KeyBuckets(1_024);
    private static final int BATCH = 5_000;

    private final TwoDatabases databases;
    private final MirrorPlan plan;
    private final TableSql sql;
    private final KeyedTable servingTable;
    private final KeyedTable idleTable;
    private final String servingSum;
    private final String idleSum;
    private final String servingHash;
    private final String idleHash;
    private final KeyMarks marks;
    private final RefusedValues refusedValues;

    ComparisonAcross(TwoDatabases databases, MirrorPlan plan, TablePlan table) {
        this.databases = databases;
        this.plan = plan;
        this.sql = new TableSql(plan, table);
        this.servingTable = sql.servingKeys();
        this.idleTable = sql.idleKeys();
        this.servingSum = RowHash.of(sql.comparedTexts());
        this.idleSum = RowHash.of(sql.idleColumnTexts());
        this.servingHash = "md5(ROW(" + String.join(", ", sql.comparedTexts()) + ")::text)";
        this.idleHash = "md5(ROW(" + sql.idleTexts() + ")::text)";
        this.marks = new KeyMarks(plan, table);
        this.refusedValues = new RefusedValues(plan, sql, sql.comparedTexts());
    }

    @Override
    public long compare(KeyRange range, Collection<String> without, Found found) throws SQLException {
        KeyedTable servingRows = servingTable.without(without);
        KeyedTable idleRows = idleTable.without(without);
        return Crossing.run(databases, LOCK_TIMEOUT, plan, (serving, idle) -> {
            Both<Map<Integer, Sum>> whole = sums(KeyBuckets.ONE, range, servingRows, serving, idleRows, idle);
            long passed = whole.one().values().stream().mapToLong(Sum::rows).sum();
            if (KeyBuckets.different(whole).isEmpty()) {
                return passed;
            }
            List<Integer> different = KeyBuckets.different(sums(BUCKETS, range, servingRows, serving, idleRows, idle));
            String keysAndHashes = servingTable.keyJson() + ", " + servingHash;
            BUCKETS.rows(serving, servingRows, range, different, keysAndHashes, BATCH, rows -> {
                List<String> keys = rows.stream().map(row -> row.get(0)).toList();
                Map<String, String> there = hashes(idle, idleTable, idleHash, keys);
                List<String> suspects = rows.stream()
                        .filter(row -> !row.get(1).equals(there.get(row.get(0))))
                        .map(row -> row.get(0))
                        .toList();
                found.differ(differences(serving, idle, suspects));
            });
            BUCKETS.rows(idle, idleRows, range, different, idleTable.keyJson(), BATCH, rows -> {
                List<String> keys = rows.stream().map(row -> row.get(0)).toList();
                found.differ(differences(serving, idle, servingTable.absent(serving, keys)));
            });
            return passed;
        });
    }

    @Override
    public Refused refused(KeyRange range) throws SQLException {
        return Crossing.run(databases, LOCK_TIMEOUT, plan, (serving, idle) -> {
            Set<String> keys = refusedValues.find(serving, range).keySet();
            return new Refused(keys, refusedValues.differences(serving, keys));
        });
    }

    private Both<Map<Integer, Sum>> sums(
            KeyBuckets buckets,
            KeyRange range,
            KeyedTable servingRows,
            Connection serving,
            KeyedTable idleRows,
            Connection idle)
            throws SQLException {
        return KeyBuckets.together(
                () -> buckets.sums(serving, servingRows, range, servingSum),
                () -> buckets.sums(idle, idleRows, range, idleSum));
    }

    private List<Difference> differences(Connection serving, Connection idle, List<String> suspects)
            throws SQLException {
        List<Difference> differences = new ArrayList<>();
        Collection<String> left = suspects;
        for (int look = 1; look <= LOOKS && !left.isEmpty(); look++) {
            differences = look(serving, idle, left);
            left = differences.stream().map(Difference::key).toList();
        }
        return differences;
    }

    /** The differences of which nothing was on its way. Each statement has a snapshot of its own. */
    private List<Difference> look(Connection serving, Connection idle, Collection<String> keys) throws SQLException {
        Set<String> marked = new TreeSet<>();
        boolean wholeTable = marks.among(serving, keys, marked);
        Map<String, String> before = hashes(serving, servingTable, servingHash, keys);
        wholeTable |= marks.among(idle, keys, marked);
        Map<String, String> there = hashes(idle, idleTable, idleHash, keys);
        Map<String, String> after = hashes(serving, servingTable, servingHash, keys);
        wholeTable |= marks.among(serving, keys, marked);
        List<Difference> differences = new ArrayList<>();
        for (String key : keys) {
            String row = before.get(key);
            String idleRow = there.get(key);
            boolean still = Objects.equals(row, after.get(key)) && !wholeTable && !marked.contains(key);
            if (still && !Objects.equals(row, idleRow)) {
                Kind kind = row == null ? Kind.SURPLUS : idleRow == null ? Kind.MISSING : Kind.DIFFERENT;
                differences.add(new Difference(sql.table().name(), key, kind));
            }
        }
        return differences;
    }

    private static Map<String, String> hashes(
            Connection connection, KeyedTable table, String hash, Collection<String> keys) throws SQLException {
        Map<String, String> hashes = new HashMap<>();
        if (keys.isEmpty()) {
            return hashes;
        }
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT cutover_m.cutover_n, " + hash + " FROM " + table.joinedWithKeys())) {
            List<String> ordered = List.copyOf(keys);
            statement.setArray(1, connection.createArrayOf("text", ordered.toArray()));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    hashes.put(ordered.get(rows.getInt(1) - 1), rows.getString(2));
                }
            }
        }
        return hashes;
    }
}
