// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.analyze.Expressions;
import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.analyze.statement.WriteStatement.Kind;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Piece;
import dev.cutover.dualwrite.mirror.Rewrite.Reply;
import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import dev.cutover.dualwrite.rowsql.MarkView;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * One statement that writes both sides, which lie in one database.
 *
 * <p>An INSERT or UPDATE becomes an upsert of the idle row; a row that has nothing but its key is "updated" to the same
 * key, since DO NOTHING would not count it. A DELETE deletes the idle row, and marks the keys for which it saw none: it
 * may have waited for a row lock of the backfill or of resync, whose idle row its snapshot lacks.
 */
final class InlineRewrite implements TableRewrite {
    private final TablePlan table;
    private final IdleWrite idle;
    /** Serving columns that the mapping reads; the key comes first. */
    private final List<String> read;

    private final WrittenRows written;
    private final String upsert;
    private final String erase;

    InlineRewrite(MirrorPlan plan, TablePlan table) {
        this.table = table;
        this.idle = new IdleWrite(table.servingTable(), plan.servingSchema(), plan.idleSchema());
        this.written = new WrittenRows(plan.token());
        this.read = read(table);
        this.upsert = upsert(plan);
        this.erase = erase(plan);
    }

    @Override
    public Mirrored rewrite(WriteStatement write, Splice splice) {
        boolean rows = write.returning() != null;
        boolean deletes = write.kind() == Kind.DELETE;
        List<String> columns = deletes ? read.subList(0, table.key().size()) : read;
        List<Piece> pieces = new ArrayList<>();
        StringBuilder sql = written.begin(write, splice, columns, pieces);
        if (deletes) {
            sql.append(erase);
        } else if (rows) {
            sql.append(", cutover_m AS (").append(upsert).append(')');
        } else {
            sql.append(' ').append(upsert);
        }
        if (rows) {
            sql.append(WrittenRows.results(splice));
        } else if (deletes) {
            sql.append(WrittenRows.COUNT);
        }
        Shape shape = rows ? Shape.ROWS : deletes ? Shape.COUNT_ROW : Shape.TAG_ONLY;
        return new Mirrored(sql.toString(), new Reply(write.kind(), shape), pieces, idle);
    }

    @Override
    public int columnsRead() {
        return read.size();
    }

    private static List<String> read(TablePlan table) {
        Set<String> read = new LinkedHashSet<>();
        table.key().forEach(key -> read.add(key.servingColumn()));
        for (Assignment assignment : table.assignments()) {
            Set<String> names = Expressions.names(assignment.expression());
            table.servingColumns().stream().filter(names::contains).forEach(read::add);
        }
        return List.copyOf(read);
    }

    private String upsert(MirrorPlan plan) {
        List<Assignment> assignments = table.assignments();
        List<Assignment> updated =
                assignments.stream().filter(assignment -> !assignment.kept()).toList();
        if (updated.isEmpty()) {
            updated = assignments;
        }
        StringBuilder source = new StringBuilder();
        for (int i = 0; i < read.size(); i++) {
            source.append(i == 0 ? "" : ", ").append("cutover_c").append(i + 1).append(" AS ");
            source.append(SqlText.identifier(read.get(i)));
        }
        return "INSERT INTO " + SqlText.qualified(plan.idleSchema(), table.idleTable()) + " ("
                + assignments.stream()
                        .map(assignment -> SqlText.identifier(assignment.idleColumn()))
                        .collect(joining(", "))
                + ") OVERRIDING SYSTEM VALUE SELECT "
                + assignments.stream()
                        .map(assignment -> "(" + assignment.expression() + ")::" + assignment.type())
                        .collect(joining(", "))
                + " FROM (SELECT " + source + " FROM cutover_w) AS cutover_s ON CONFLICT ("
                + table.key().stream()
                        .map(key -> SqlText.identifier(key.idleColumn()))
                        .collect(joining(", "))
                + ") DO UPDATE SET "
                + updated.stream()
                        .map(assignment -> SqlText.identifier(assignment.idleColumn()))
                        .map(column -> column + " = EXCLUDED." + column)
                        .collect(joining(", "));
    }

    private String erase(MirrorPlan plan) {
        MarkView marks = MarkView.of(plan, plan.serving(), table.servingTable());
        StringBuilder sameIdleRow = new StringBuilder();
        StringBuilder sameKey = new StringBuilder();
        StringBuilder erased = new StringBuilder();
        for (int i = 0; i < table.key().size(); i++) {
            Key column = table.key().get(i);
            String name = "cutover_c" + (i + 1);
            String and = i == 0 ? "" : " AND ";
            String comma = i == 0 ? "" : ", ";
            sameIdleRow.append(and).append("cutover_i.").append(SqlText.identifier(column.idleColumn()));
            sameIdleRow.append(" = (cutover_w.").append(name).append(")::").append(column.idleType());
            sameKey.append(and)
                    .append("cutover_g.")
                    .append(name)
                    .append(" = cutover_w.")
                    .append(name);
            erased.append(comma).append("cutover_w.").append(name);
        }
        return ", cutover_g AS (DELETE FROM " + SqlText.qualified(plan.idleSchema(), table.idleTable())
                + " AS cutover_i USING cutover_w WHERE " + sameIdleRow + " RETURNING " + erased
                + "), cutover_m AS (" + marks.insert() + "SELECT " + WrittenRows.key(table)
                + " FROM cutover_w WHERE NOT EXISTS (SELECT FROM cutover_g WHERE " + sameKey + "))";
    }
}
