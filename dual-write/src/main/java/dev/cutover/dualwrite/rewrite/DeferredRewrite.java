package dev.cutover.dualwrite.rewrite;

import dev.cutover.dualwrite.analyze.WriteStatement;
import dev.cutover.dualwrite.rewrite.MirrorPlan.Key;
import dev.cutover.dualwrite.rewrite.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.rewrite.Rewrite.Mirrored;
import dev.cutover.dualwrite.rewrite.Rewrite.Piece;
import dev.cutover.dualwrite.rewrite.Rewrite.Reply;
import dev.cutover.dualwrite.rewrite.Rewrite.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

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
        this.mark = "INSERT INTO cutover.dirty_key (tenant, side, tbl, key) SELECT "
                + SqlText.literal(plan.tenant()) + ", "
                + SqlText.literal(plan.serving().name()) + ", "
                + SqlText.literal(table.servingTable()) + ", jsonb_build_array("
                + IntStream.rangeClosed(1, key.size())
                        .mapToObj(i -> "cutover_c" + i)
                        .collect(Collectors.joining(", "))
                + ") FROM cutover_w";
    }

    @Override
    public Mirrored rewrite(WriteStatement write, Splice splice) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder sql = written.begin(write, splice, key, pieces);
        Shape shape;
        if (write.returning() == null) {
            sql.append(' ').append(mark);
            shape = Shape.TAG_ONLY;
        } else {
            sql.append(", cutover_m AS (").append(mark).append(')').append(WrittenRows.results(splice));
            shape = Shape.ROWS;
        }
        return new Mirrored(sql.toString(), new Reply(write.kind(), shape), pieces, null);
    }

    @Override
    public int columnsRead() {
        return key.size();
    }
}
