// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.rowsql;

import static dev.cutover.dualwrite.model.SqlText.identifier;
import static java.util.stream.Collectors.joining;

import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.Guard;
import dev.cutover.dualwrite.model.MirrorPlan.IdlePart;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.PartColumn;
import dev.cutover.dualwrite.model.MirrorPlan.ServingPart;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.SqlText;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The SQL fragments that backfill, resync and verify share, for one table and one direction. Keys travel as JSON arrays,
 * whose text does not depend on a session's settings.
 */
public final class TableSql {
    private final MirrorPlan plan;
    private final TablePlan table;

    public TableSql(MirrorPlan plan, TablePlan table) {
        this.plan = plan;
        this.table = table;
    }

    public TablePlan table() {
        return table;
    }

    /**
     * The serving side's rows as FROM names them, with an alias of the caller's: the table, schema-qualified, or a query where
     * a row lies in several tables or the idle table holds only some rows.
     */
    public String serving() {
        return plain() ? servingMain() : "(" + rows(servingMain()) + ")";
    }

    /** The serving side's main table as FROM and UPDATE name it. */
    public String servingMain() {
        return (table.only().serving() ? "ONLY " : "") + servingName();
    }

    /** The serving side's main table, schema-qualified. */
    public String servingName() {
        return SqlText.qualified(plan.servingSchema(), table.servingTable());
    }

    /** Whether {@link #serving} is the table itself, whose rows can be locked. */
    public boolean plain() {
        IdlePart part = table.idlePart();
        return table.servingParts().isEmpty() && (part == null || part.when() == null);
    }

    /**
     * The FROM clause of the serving side's rows that some rows of the main table belong to.
     *
     * @param mainRows the FROM clause of those
     */
    public String from(String mainRows) {
        return plain() ? mainRows : " FROM (" + rows("(SELECT *" + mainRows + ")") + ") AS cutover_s";
    }

    /** The FROM clause of the rows of a part, {@code cutover_part}, that belong to no row of the main table. */
    public String strays(ServingPart part) {
        return " FROM " + SqlText.qualified(plan.servingSchema(), part.table())
                + " AS cutover_part WHERE NOT EXISTS (SELECT FROM " + servingMain() + " AS cutover_main WHERE ("
                + keys(key -> "cutover_main." + identifier(key.servingColumn())) + ") = (" + keyOf(part) + "))";
    }

    /** The key of a {@link #strays} row. */
    public static String keyOf(ServingPart part) {
        return part.key().stream()
                .map(column -> "cutover_part." + identifier(column))
                .collect(joining(", "));
    }

    /** Rows as expressions see them: the main table's columns, then those of its parts, null where there is none. */
    private String rows(String main) {
        StringBuilder columns = new StringBuilder("cutover_r.*");
        StringBuilder joins = new StringBuilder();
        for (int i = 0; i < table.servingParts().size(); i++) {
            ServingPart part = table.servingParts().get(i);
            String alias = "cutover_p" + i;
            for (PartColumn column : part.columns()) {
                columns.append(", " + alias + "." + identifier(column.column()) + " AS " + identifier(column.name()));
            }
            joins.append(
                    " LEFT JOIN " + SqlText.qualified(plan.servingSchema(), part.table()) + " AS " + alias + " ON ("
                            + keys(key -> "cutover_r." + identifier(key.servingColumn())) + ") = ("
                            + part.key().stream()
                                    .map(column -> alias + "." + identifier(column))
                                    .collect(joining(", "))
                            + ")");
        }
        String all = "SELECT " + columns + " FROM " + main + " AS cutover_r" + joins;
        IdlePart part = table.idlePart();
        return part == null || part.when() == null
                ? all
                : "SELECT * FROM (" + all + ") AS cutover_r WHERE (" + part.when() + ")";
    }

    /** The idle table as FROM and DELETE name it. */
    public String idleRows() {
        return (table.only().idle() ? "ONLY " : "") + idle();
    }

    /** The idle table, schema-qualified, as INSERT and COPY name it. */
    public String idle() {
        return SqlText.qualified(plan.idleSchema(), table.idleTable());
    }

    /** {@code "k1", "k2"} as the serving side names them. */
    public String servingKey() {
        return keys(key -> identifier(key.servingColumn()));
    }

    /** {@code "k1", "k2"} as the idle side names them. */
    public String idleKey() {
        return keys(key -> identifier(key.idleColumn()));
    }

    /** The JSON array of a serving row's key. */
    public String servingKeyJson() {
        return MarkKey.json(table.key(), key -> identifier(key.servingColumn()), Key::servingType);
    }

    /** The JSON array of an idle row's key. */
    public String idleKeyJson() {
        return MarkKey.json(table.key(), key -> identifier(key.idleColumn()), Key::idleType);
    }

    /** The serving key's values taken out of a JSON array, with their types. */
    public String servingKeyOf(String json) {
        return keyOf(json, Key::servingType);
    }

    /** The idle key's values taken out of a JSON array, with their types. */
    public String idleKeyOf(String json) {
        return keyOf(json, Key::idleType);
    }

    /** The serving side's rows as a set of keys. */
    public KeyedTable servingKeys() {
        return new KeyedTable(
                serving(),
                servingName(),
                table.key().stream().map(Key::servingColumn).toList(),
                table.key().stream().map(Key::servingType).toList(),
                this::servingKeyOf);
    }

    /** The idle table as a set of keys. */
    public KeyedTable idleKeys() {
        return new KeyedTable(
                idleRows(),
                idle(),
                table.key().stream().map(Key::idleColumn).toList(),
                table.key().stream().map(Key::idleType).toList(),
                this::idleKeyOf);
    }

    /**
     * What each of {@link #idleColumns()} is made from, as text for another database, which casts it to the column's type.
     * A type of PostgreSQL's own is cast to here already, as it would be within one database. Other
     * types may not exist here.
     */
    public List<String> columnTexts() {
        return table.assignments().stream()
                .map(assignment -> inEveryDatabase(assignment.type())
                        ? "((" + assignment.expression() + ")::" + assignment.type() + ")::text"
                        : "(" + assignment.expression() + ")::text")
                .toList();
    }

    /** {@link #columnTexts} for a comparison: a value that does not fit is another text, and no error. */
    public List<String> comparedTexts() {
        List<String> texts = new ArrayList<>(columnTexts());
        for (int i = 0; i < texts.size(); i++) {
            Guard guard = table.assignments().get(i).guard();
            if (guard != null) {
                texts.set(i, guard.compared());
            }
        }
        return texts;
    }

    /** What a comparison within one database makes of the serving row, as text: as {@link #comparedTexts}, cast to every type. */
    public List<String> comparedTextsWithin() {
        return table.assignments().stream()
                .map(assignment -> assignment.guard() == null
                        ? "((" + assignment.expression() + ")::" + assignment.type() + ")::text"
                        : assignment.guard().compared())
                .toList();
    }

    /** {@link #columnTexts}, as a list of columns. */
    public String texts() {
        return String.join(", ", columnTexts());
    }

    /** The idle row's columns as {@link #columnTexts} of the serving row would be if both are equal. */
    public List<String> idleColumnTexts() {
        return table.assignments().stream()
                .map(assignment -> identifier(assignment.idleColumn()) + "::text")
                .toList();
    }

    /** {@link #idleColumnTexts}, as a list of columns. */
    public String idleTexts() {
        return String.join(", ", idleColumnTexts());
    }

    /** The catalog reader qualifies every type that is not PostgreSQL's own. */
    private static boolean inEveryDatabase(String type) {
        return type.indexOf('.') < 0;
    }

    /** The idle columns that are carried over. */
    public String idleColumns() {
        return table.assignments().stream()
                .map(assignment -> identifier(assignment.idleColumn()))
                .collect(joining(", "));
    }

    /** What each of {@link #idleColumns()} is made from, over the serving side's columns. */
    public String expressions() {
        return table.assignments().stream()
                .map(assignment -> "(" + assignment.expression() + ")::" + assignment.type())
                .collect(joining(", "));
    }

    /** {@code ON CONFLICT} for an upsert that makes the idle row equal. */
    public String onConflictUpdate() {
        String updates = table.assignments().stream()
                .filter(assignment -> !assignment.kept())
                .map(Assignment::idleColumn)
                .map(column -> identifier(column) + " = EXCLUDED." + identifier(column))
                .collect(joining(", "));
        return "ON CONFLICT (" + idleKey() + ") " + (updates.isEmpty() ? "DO NOTHING" : "DO UPDATE SET " + updates);
    }

    /**
     * Deletes idle rows and inserts them with new values, in one statement, so that rows may exchange what is unique among them.
     * Rows that the idle table lacks are left out. Columns that are not carried keep their values.
     *
     * <p>The sort ends only when all rows are deleted, and each row to insert is joined with a sorted one. A unique index or an
     * exclusion constraint takes a row for gone that its own transaction has deleted.
     *
     * @param rows a query of {@link #idleColumns}
     * @param uncarried the idle table's other columns, but for generated ones; raw names
     */
    public String replace(String rows, List<String> uncarried) {
        List<String> carried = table.assignments().stream()
                .map(assignment -> identifier(assignment.idleColumn()))
                .toList();
        List<String> others = uncarried.stream().map(SqlText::identifier).toList();
        String sameKey = "(" + keys(key -> "cutover_r." + identifier(key.idleColumn())) + ") = ("
                + keys(key -> "cutover_i." + identifier(key.idleColumn())) + ")";
        return "WITH cutover_r (" + String.join(", ", carried) + ") AS MATERIALIZED (" + rows
                + "), cutover_gone AS (DELETE FROM " + idleRows() + " AS cutover_i USING cutover_r WHERE " + sameKey
                + " RETURNING cutover_i.*), cutover_old AS MATERIALIZED (SELECT * FROM cutover_gone ORDER BY "
                + idleKey() + ") INSERT INTO " + idle() + " ("
                + Stream.concat(carried.stream(), others.stream()).collect(joining(", "))
                + ") OVERRIDING SYSTEM VALUE SELECT "
                + Stream.concat(
                                carried.stream().map(column -> "cutover_r." + column),
                                others.stream().map(column -> "cutover_i." + column))
                        .collect(joining(", "))
                + " FROM cutover_r JOIN cutover_old AS cutover_i ON " + sameKey;
    }

    /** Whether equal keys are identical, so that a mark can be found by its text. */
    public boolean exactKeys() {
        return table.assignments().stream().allMatch(assignment -> assignment.key() == assignment.kept());
    }

    /** {@code ON CONFLICT} for an insert that leaves an idle row as it is. */
    public String onConflictStay() {
        return "ON CONFLICT (" + idleKey() + ") DO NOTHING";
    }

    /**
     * How many bytes a serving row's {@link #texts} take. Zero for a small row, whose stored columns tell that without being
     * read: a value that is compressed in its row, and not stored out of line, is never long.
     */
    public String size() {
        String read = columnTexts().stream()
                .map(text -> "coalesce(octet_length(" + text + "), 0)")
                .collect(joining(" + "));
        return "CASE WHEN " + storedSize() + " > 2000 THEN " + read + " ELSE 0 END";
    }

    /** How many bytes a serving row's columns take as they are stored. Does not read values that are stored out of line. */
    public String storedSize() {
        return Stream.concat(
                        table.servingColumns().stream(),
                        table.servingParts().stream()
                                .flatMap(part -> part.columns().stream().map(PartColumn::name)))
                .map(column -> "coalesce(pg_column_size(" + identifier(column) + "), 0)")
                .collect(joining(" + "));
    }

    /** Whether ranges of the key hold the same rows on both sides, so that both can be walked side by side. */
    public boolean sameOrder() {
        return table.key().stream().allMatch(key -> sameKeys(key.servingType(), key.idleType()));
    }

    /** Whether keys of the two types are written and sorted alike. */
    public static boolean sameKeys(String type, String other) {
        return type.equals(other) || (integer(type) && integer(other));
    }

    /** The condition that a serving row and an idle one have the same key. */
    public String sameKey(String servingAlias, String idleAlias) {
        return "(" + keys(key -> servingAlias + "." + identifier(key.servingColumn())) + ") = ("
                + keys(key -> idleAlias + "." + identifier(key.idleColumn())) + ")";
    }

    private static boolean integer(String type) {
        return type.equals("smallint") || type.equals("integer") || type.equals("bigint");
    }

    private String keys(Function<Key, String> column) {
        return table.key().stream().map(column).collect(joining(", "));
    }

    private String keyOf(String json, Function<Key, String> type) {
        StringBuilder values = new StringBuilder();
        for (int i = 0; i < table.key().size(); i++) {
            values.append(i == 0 ? "" : ", ")
                    .append("(")
                    .append(json)
                    .append("->>")
                    .append(i)
                    .append(")::")
                    .append(type.apply(table.key().get(i)));
        }
        return values.toString();
    }
}
