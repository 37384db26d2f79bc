// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.analyze.InsertTargets;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.catalog.Table;
import dev.cutover.dualwrite.catalog.Table.Column;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * INSERTs of the application that runs now succeed on the idle side too. A column there that must have a value, and that the
 * serving side lacks, is in none of them: while mirroring, {@code up} fills it, after the flip nothing does.
 */
final class OldStatementsFit implements Guardrail {
    /** While its side is idle a trigger is disabled; it comes back with the flip. */
    private static final String BEFORE_INSERT = """
            SELECT t.tgname FROM pg_trigger t
            WHERE t.tgrelid = to_regclass(?) AND NOT t.tgisinternal AND t.tgtype & 7 = 7
              AND t.tgname NOT LIKE 'cutover\\_net\\_%'""";

    @Override
    public GuardrailName name() {
        return GuardrailName.OLD_STATEMENTS_FIT;
    }

    @Override
    public List<Finding> check(GuardrailContext now, Connection connection) throws SQLException {
        if (now.back() || !now.drawn().problems().isEmpty()) {
            return List.of();
        }
        Set<String> inserted = new HashSet<>();
        now.surveys().stream()
                .flatMap(survey -> survey.writes().stream())
                .forEach(statement -> inserted.addAll(InsertTargets.of(statement)));
        List<Finding> findings = new ArrayList<>(silent(now, "which statements its clients have sent"));
        try (Connection idle = now.placement().idle().getConnection()) {
            Map<String, Table> tables = CatalogReader.read(idle, now.plan().idleSchema());
            for (TablePlan plan : now.drawn().out().tables().values()) {
                Table table = tables.get(plan.idleTable());
                // A table of another name is another statement.
                if (table != null
                        && plan.idlePart() == null
                        && plan.servingTable().equals(plan.idleTable())) {
                    for (Column column : table.columns()) {
                        if (!column.optional() && !plan.servingColumns().contains(column.name())) {
                            findings.add(found(now, idle, plan.idleTable(), column, inserted));
                        }
                    }
                }
            }
        }
        return findings;
    }

    private Finding found(GuardrailContext now, Connection idle, String table, Column column, Set<String> inserted)
            throws SQLException {
        String side = now.plan().serving().other().label();
        String fails =
                "an INSERT into " + table + " that does not name " + side + "'s column " + table + "." + column.name()
                        + " fails after the flip: it is NOT NULL without a default, and only the mapping fills it";
        List<String> triggers = Rows.query(
                idle,
                BEFORE_INSERT,
                row -> row.getString(1),
                SqlText.qualified(now.plan().idleSchema(), table));
        if (!triggers.isEmpty()) {
            return note(
                    fails + ", unless trigger " + String.join(" or ", triggers) + " does",
                    "see that the trigger fills the column");
        }
        String remedy = "give it a default or a trigger on the " + side
                + " side, or deploy the application version that names it before the flip";
        return inserted.contains(table)
                ? blocking(
                        fails + "; clients have sent INSERTs into " + table,
                        remedy + "; if the application changes its statements with the flip, flip with --force "
                                + name().label())
                : note(fails + "; no client has sent an INSERT into " + table + " yet", remedy);
    }
}
