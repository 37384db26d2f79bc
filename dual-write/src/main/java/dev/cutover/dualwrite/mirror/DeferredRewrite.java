// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Rewrite.Piece;
import dev.cutover.dualwrite.mirror.Rewrite.Reply;
import dev.cutover.dualwrite.mirror.Rewrite.Shape;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rowsql.MarkView;
import java.util.ArrayList;
import java.util.List;

/**
 * One statement that writes the serving side and marks the keys it wrote; resync carries them over. The marks say what the
 * net's would, one for each row, without a trigger's call for each.
 */
final class DeferredRewrite implements TableRewrite {
    private final WrittenRows written;
    private final List<String> key;
    private final String mark;

    DeferredRewrite(MirrorPlan plan, TablePlan table) {
        this.written = new WrittenRows(plan.token());
        this.key = table.key().stream().map(Key::servingColumn).toList();
        this.mark = MarkView.of(plan, plan.serving(), table.servingTable()).insert() + "SELECT "
                + WrittenRows.key(table) + " FROM cutover_w";
    }

    @Override
    public Mirrored rewrite(WriteStatement write, Splice splice) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder sql = written.begin(write, splice, key, pieces);
        boolean rows = write.returning() != null;
        // The marks stand in a WITH item of their own: as the main statement, an INSERT into a view would have servers
        // of before
        // 2026 rewrite the client's statement twice, and refuse it where it writes a column that is GENERATED ALWAYS.
        sql.append(", cutover_m AS (").append(mark).append(')');
        sql.append(rows ? WrittenRows.results(splice) : WrittenRows.COUNT);
        Shape shape = rows ? Shape.ROWS : Shape.COUNT_ROW;
        return new Mirrored(sql.toString(), new Reply(write.kind(), shape), pieces, null);
    }

    @Override
    public int columnsRead() {
        return key.size();
    }
}
