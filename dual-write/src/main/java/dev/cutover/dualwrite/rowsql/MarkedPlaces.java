// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.rowsql;

import static dev.cutover.dualwrite.model.SqlText.literal;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.MirrorPlan;

/**
 * SQL about the marks of one table that is append-only.
 *
 * @param name the table's, as marks have it
 * @param qualified the same, schema-qualified
 */
public record MarkedPlaces(MirrorPlan plan, Side side, String name, String qualified) {
    /** Those of the serving side's table. */
    public static MarkedPlaces serving(MirrorPlan plan, TableSql sql) {
        return new MarkedPlaces(plan, plan.serving(), sql.table().servingTable(), sql.servingName());
    }

    /** Those of the idle side's table. */
    public static MarkedPlaces idle(MirrorPlan plan, TableSql sql) {
        return new MarkedPlaces(plan, plan.serving().other(), sql.table().idleTable(), sql.idle());
    }

    /** The condition that a row has no mark. @param row its alias */
    public String none(String row) {
        return "NOT EXISTS (SELECT FROM " + plan.transition().marks() + " AS cutover_m WHERE cutover_m.tenant = "
                + literal(plan.tenant()) + " AND cutover_m.side = " + literal(side.name()) + " AND cutover_m.tbl = "
                + literal(name) + " AND cutover_m.key = " + place(row) + " AND " + MarkKey.isPlace("cutover_m") + ")";
    }

    /** {@code INSERT INTO} the marks a mark for each row; the FROM clause follows. @param row its alias */
    public String mark(String row) {
        return "INSERT INTO " + plan.transition().marks() + " (tenant, side, tbl, key) SELECT " + literal(plan.tenant())
                + ", " + literal(side.name()) + ", " + literal(name) + ", " + place(row);
    }

    private String place(String row) {
        return MarkKey.place(row, literal(qualified) + "::regclass");
    }
}
