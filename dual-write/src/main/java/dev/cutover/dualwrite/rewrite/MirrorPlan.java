package dev.cutover.dualwrite.rewrite;

import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How writes travel from the serving side to the idle one, table by table. Made from both catalogs and the mapping for
 * one direction; a flip replaces it by the plan of the other direction.
 *
 * @param token the comment that begins every statement which mirrors or resyncs; the net's triggers let such statements
 *     pass unmarked. Clients cannot guess it
 * @param mode what a write becomes that is understood: both sides' write, or the serving side's with marks
 * @param tables by serving table name. Identifiers are raw, as in the catalog
 */
public record MirrorPlan(
        String tenant,
        Side serving,
        String servingSchema,
        String idleSchema,
        String token,
        MirrorMode mode,
        Map<String, TablePlan> tables) {

    /**
     * One table of the serving side and its counterpart.
     *
     * @param servingColumns all columns in catalog order, as {@code RETURNING *} gives them
     * @param assignments what each idle column is set to
     * @param unmirrorable why writes to this table are left to the net, or null
     */
    public record TablePlan(
            String servingTable,
            String idleTable,
            List<Key> key,
            List<String> servingColumns,
            List<Assignment> assignments,
            @Nullable String unmirrorable) {}

    /**
     * A column of the key by which rows of both sides are told to be the same. Its value travels unchanged but for the
     * type.
     */
    public record Key(String servingColumn, String servingType, String idleColumn, String idleType) {}

    /**
     * An idle column's value.
     *
     * @param expression SQL over the serving table's columns, unqualified
     * @param type the idle column's type, to cast to
     * @param key whether the column is part of the key
     */
    public record Assignment(String idleColumn, String expression, String type, boolean key) {}
}
