// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.mirror.Rewrite.Piece;
import dev.cutover.dualwrite.mirror.Splice.Column;
import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The client's statement as the WITH item {@code cutover_w}. It returns serving columns that the rewrite needs
 * ({@code cutover_c1, ...}) and the client's own RETURNING expressions ({@code cutover_r1, ...}). Everything else in a
 * rewritten statement works on {@code cutover_w} and names what it writes by schema, so that the client's search_path,
 * aliases and WITH items stay out of it.
 */
final class WrittenRows {
    /** The query for the number of written rows, where the client wants no rows. */
    static final String COUNT = " SELECT count(*)::text FROM cutover_w";

    private final String opening;

    WrittenRows(String token) {
        this.opening = token + " WITH cutover_w AS (";
    }

    /** The text up to the end of the item. @param pieces gets to know where the client's text stands in it */
    StringBuilder begin(WriteStatement write, Splice splice, List<String> columns, List<Piece> pieces) {
        pieces.add(new Piece(opening.length(), 0, splice.head().length()));
        StringBuilder sql = new StringBuilder(opening).append(splice.head()).append("\nRETURNING ");
        for (int i = 0; i < columns.size(); i++) {
            sql.append(i == 0 ? "" : ", ").append(write.qualifier()).append('.');
            sql.append(SqlText.identifier(columns.get(i)))
                    .append(" AS cutover_c")
                    .append(i + 1);
        }
        for (int i = 0; i < splice.columns().size(); i++) {
            Column column = splice.columns().get(i);
            sql.append(", ");
            if (column.start() >= 0) {
                pieces.add(new Piece(
                        sql.length(), column.start(), column.expression().length()));
            }
            sql.append(column.expression()).append(" AS cutover_r").append(i + 1);
        }
        return sql.append(')');
    }

    /** The JSON array of a written row's key, for a mark. */
    static String key(TablePlan table) {
        List<String> values = IntStream.rangeClosed(1, table.key().size())
                .mapToObj(i -> "cutover_w.cutover_c" + i)
                .toList();
        return MarkKey.json(values, table.key().stream().map(Key::servingType).toList());
    }

    /** The query for the client's RETURNING rows, which ends the statement. */
    static String results(Splice splice) {
        StringBuilder results = new StringBuilder(" SELECT ");
        for (int i = 0; i < splice.columns().size(); i++) {
            results.append(i == 0 ? "" : ", ").append("cutover_r").append(i + 1).append(" AS ");
            results.append(SqlText.identifier(splice.columns().get(i).name()));
        }
        return results.append(" FROM cutover_w").toString();
    }
}
