// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.model;

import static java.util.stream.Collectors.joining;

import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.database.TransitionSchema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How writes travel from the serving side to the idle one, table by table. Made from both catalogs and the mapping for
 * one direction; a flip replaces it by the plan of the other direction.
 *
 * @param token the comment that begins every statement which mirrors; see {@link MirrorToken}
 * @param mode what a write becomes that is understood: both sides' write, or the serving side's with marks
 * @param tables by {@link TablePlan#name}. Identifiers are raw, as in the catalog
 * @param userNames by which a statement on the serving side could run a user's function; such a one is left to the net
 * @param sharedSchemas what clients' {@code search_path} has behind the schema of their side
 * @param emptySchemas those of them that hold nothing: a path means the same without them
 * @param transition where the marks and the progress lie, in each database
 */
public record MirrorPlan(
        String tenant,
        Side serving,
        String servingSchema,
        String idleSchema,
        String token,
        MirrorMode mode,
        Map<String, TablePlan> tables,
        UserNames userNames,
        List<String> sharedSchemas,
        Set<String> emptySchemas,
        TransitionSchema transition) {
    /** A plan of sides that share no schema, whose marks lie in the usual one. */
    public MirrorPlan(
            String tenant,
            Side serving,
            String servingSchema,
            String idleSchema,
            String token,
            MirrorMode mode,
            Map<String, TablePlan> tables,
            UserNames userNames) {
        this(
                tenant,
                serving,
                servingSchema,
                idleSchema,
                token,
                mode,
                tables,
                userNames,
                List.of(),
                Set.of(),
                TransitionSchema.USUAL);
    }

    /** The {@code search_path} under which the code of the serving side's tables runs for a client, as SQL text. */
    public String servingPath() {
        return path(servingSchema);
    }

    /** The {@code search_path} under which the code of the idle side's tables would run for a client, as SQL text. */
    public String idlePath() {
        return path(idleSchema);
    }

    private String path(String schema) {
        return Stream.concat(Stream.of(schema), sharedSchemas.stream())
                .map(SqlText::identifier)
                .collect(joining(", "));
    }

    /** The same, with these tables. */
    public MirrorPlan withTables(Map<String, TablePlan> others) {
        return new MirrorPlan(
                tenant,
                serving,
                servingSchema,
                idleSchema,
                token,
                mode,
                others,
                userNames,
                sharedSchemas,
                emptySchemas,
                transition);
    }

    /** What begins the statements of maintenance sessions that write the idle side. */
    public String maintenanceToken() {
        return MirrorToken.maintenance(token);
    }

    /** The plans of the idle tables that are made from a serving table; more than one where its rows are divided there. */
    public List<TablePlan> reading(String servingTable) {
        return tables.values().stream()
                .filter(table -> table.servingTables().anyMatch(servingTable::equals))
                .toList();
    }

    /** The plan that makes an idle table; null if it is not mapped. */
    public @Nullable TablePlan making(String idleTable) {
        return tables.values().stream()
                .filter(table -> table.idleTable().equals(idleTable))
                .findFirst()
                .orElse(null);
    }

    /**
     * One table of the idle side and what it is made from: the rows of one serving table, each with the parts of it that lie
     * in others.
     *
     * @param servingTable the serving side's main table, which decides whether a row is there
     * @param servingColumns all columns of the main table in catalog order, as {@code RETURNING *} gives them
     * @param assignments what each idle column is set to
     * @param servingParts the serving side's further tables
     * @param idlePart what the idle table holds if it is not the idle side's main table; null if it is
     * @param only which of its tables are read with ONLY
     * @param unmirrorable why writes to the serving tables are left to the net, or null
     * @param appendOnly whether rows are only inserted. Then the key is where a row lies, {@code ctid}, which tells the rows of one
     *     side apart and says nothing about the other side
     */
    public record TablePlan(
            String servingTable,
            String idleTable,
            List<Key> key,
            List<String> servingColumns,
            List<Assignment> assignments,
            List<ServingPart> servingParts,
            @Nullable IdlePart idlePart,
            Only only,
            @Nullable String unmirrorable,
            boolean appendOnly) {
        private static final List<Key> PLACE = List.of(new Key("ctid", "tid", "ctid", "tid"));

        /** A table that is one table on either side. */
        public TablePlan(
                String servingTable,
                String idleTable,
                List<Key> key,
                List<String> servingColumns,
                List<Assignment> assignments,
                @Nullable String unmirrorable) {
            this(
                    servingTable,
                    idleTable,
                    key,
                    servingColumns,
                    assignments,
                    List.of(),
                    null,
                    Only.NONE,
                    unmirrorable,
                    false);
        }

        /** A table without a key whose rows are only inserted. */
        public static TablePlan appendOnly(
                String servingTable,
                String idleTable,
                List<String> servingColumns,
                List<Assignment> assignments,
                Only only) {
            return new TablePlan(
                    servingTable,
                    idleTable,
                    PLACE,
                    servingColumns,
                    assignments,
                    List.of(),
                    null,
                    only,
                    "it is append-only and has no key",
                    true);
        }

        /** The same; its writes are left to the net for that reason, unless it is null. */
        public TablePlan withUnmirrorable(@Nullable String reason) {
            return new TablePlan(
                    servingTable,
                    idleTable,
                    key,
                    servingColumns,
                    assignments,
                    servingParts,
                    idlePart,
                    only,
                    reason,
                    appendOnly);
        }

        /**
         * Under which progress and differences are known: the serving main table's name, with the idle table's where that
         * holds only a part.
         */
        public String name() {
            return idlePart == null ? servingTable : servingTable + " > " + idleTable;
        }

        /** All that the idle table is made from, the main table first. */
        public Stream<String> servingTables() {
            return Stream.concat(Stream.of(servingTable), servingParts.stream().map(ServingPart::table));
        }
    }

    /**
     * A column of the key by which rows of both sides are told to be the same. Its value travels unchanged but for the
     * type.
     */
    public record Key(String servingColumn, String servingType, String idleColumn, String idleType) {}

    /**
     * A serving table that holds a part of the main table's rows.
     *
     * @param key its key columns, in the order of the main table's
     * @param columns all its columns
     */
    public record ServingPart(String table, List<String> key, List<PartColumn> columns) {}

    /**
     * Which main tables others inherit from that are no partitions (manual, "Inheritance"). A query of one would give its
     * children's rows, too, which are carried with the children.
     */
    public record Only(boolean serving, boolean idle) {
        static final Only NONE = new Only(false, false);
    }

    /** @param name by which expressions know it: its own, or {@code table.column} where that is another one's */
    public record PartColumn(String column, String name) {}

    /** @param when a condition over the serving side's columns: which rows have the part; null: all */
    public record IdlePart(@Nullable String when) {}

    /**
     * An idle column's value.
     *
     * @param expression SQL over the serving side's columns, unqualified
     * @param type the idle column's type, to cast to
     * @param key whether the column is part of the key
     * @param kept whether a row that is there keeps the column's value when it is made equal: the column is part of the key,
     *     and equal keys are identical
     * @param guard of an expression that refuses values which the cast to the type would change; else null
     */
    public record Assignment(
            String idleColumn,
            String expression,
            String type,
            boolean key,
            boolean kept,
            @Nullable Guard guard) {
        /** A column whose type's equal values are identical. */
        public Assignment(String idleColumn, String expression, String type, boolean key) {
            this(idleColumn, expression, type, key, key, null);
        }

        /** The expression without its guard, as the mapping or an operator would write it. */
        public String source() {
            return guard == null ? expression : guard.column();
        }
    }

    /**
     * How a guarded cast is read.
     *
     * @param column the serving column that is cast, as SQL names it
     * @param compared SQL of the value's text, which says so if the value does not fit and never fails for that
     */
    public record Guard(String column, String compared) {}
}
