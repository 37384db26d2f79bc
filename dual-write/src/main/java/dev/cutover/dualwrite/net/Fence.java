// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.net;

import static dev.cutover.dualwrite.model.SqlText.literal;
import static dev.cutover.dualwrite.model.SqlText.qualified;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.MirrorToken;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * The triggers that refuse a write to the idle side which neither mirroring nor a maintenance session made: SQLSTATE 25006, with
 * the tenant and the epoch. Without them such a write is acknowledged, and resync undoes it.
 *
 * <p>A trigger {@value #NAME} stands on each mapped table of the idle side and on its partitions, once for each statement. It
 * compares the statement's token with digests of the epoch's ({@link MirrorToken}). CREATE TRIGGER waits for the table's running
 * writers, so once {@link #raise} has committed, every later write is refused and every earlier one has committed its mark.
 *
 * <p>On the side that serves the trigger is disabled or missing. To disable and to replace it waits for a table's writers only,
 * to drop it for readers too, so a disabled one stays until mirroring ends.
 */
public final class Fence {
    static final String NAME = "cutover_fence";

    /**
     * Creates the trigger where it is missing or made for another epoch. PostgreSQL 13 cannot replace a trigger; there the old
     * one is dropped, which waits for readers. Parameters: definition's end, tables.
     */
    private static final String RAISE = """
            DO $raise$
            DECLARE
                part regclass;
                ending text := %s;
                replaces boolean := current_setting('server_version_num')::int >= 140000;
            BEGIN
                FOR part IN
                    SELECT c.oid FROM unnest(ARRAY[%s]::text[]) AS named (name)
                    CROSS JOIN LATERAL (
                        SELECT to_regclass(named.name)::oid
                        UNION SELECT relid::oid FROM pg_partition_tree(to_regclass(named.name))) AS piece (oid)
                    JOIN pg_class c ON c.oid = piece.oid
                    WHERE NOT EXISTS (
                        SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'cutover_fence'
                          AND t.tgenabled = 'A' AND right(pg_get_triggerdef(t.oid), length(ending)) = ending)
                    ORDER BY c.oid
                LOOP
                    IF NOT replaces THEN
                        EXECUTE format('DROP TRIGGER IF EXISTS cutover_fence ON %%s', part);
                    END IF;
                    EXECUTE format('CREATE %%s TRIGGER cutover_fence BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %%s'
                        ' FOR EACH STATEMENT %%s', CASE WHEN replaces THEN 'OR REPLACE' ELSE '' END, part, ending);
                    EXECUTE format('ALTER TABLE %%s ENABLE ALWAYS TRIGGER cutover_fence', part);
                END LOOP;
            END $raise$""";

    /** Does something to each fence of a schema. Parameters: schema, condition, statement for format(). */
    private static final String EACH = """
            DO $each$
            DECLARE
                part regclass;
            BEGIN
                FOR part IN
                    SELECT c.oid FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
                    JOIN pg_namespace n ON n.oid = c.relnamespace
                    WHERE n.nspname = %s AND t.tgname = 'cutover_fence' AND NOT t.tgisinternal AND %s
                    ORDER BY c.oid
                LOOP
                    EXECUTE format(%s, part);
                END LOOP;
            END $each$""";

    private final MirrorPlan plan;

    public Fence(MirrorPlan plan) {
        this.plan = plan;
    }

    /** Sets the fence on the plan's idle side, for the epoch of the plan's token. Safe to repeat. */
    public void raise(Connection idle) throws SQLException {
        Rows.execute(idle, List.of(RAISE.formatted(literal(ending()), tables())));
    }

    /** Lifts the fence from a side that is to serve. Safe to repeat. */
    public static void lower(Connection connection, String schema) throws SQLException {
        each(connection, schema, "t.tgenabled <> 'D'", "ALTER TABLE %s DISABLE TRIGGER cutover_fence");
    }

    /** Drops the fence of a side that is no longer anybody's idle side. */
    public static void remove(Connection connection, String schema) throws SQLException {
        each(connection, schema, "true", "DROP TRIGGER cutover_fence ON %s");
    }

    /** The tables of the plan's idle side, partitions included, whose fence is missing, disabled or of another epoch. */
    public List<String> gaps(Connection idle) throws SQLException {
        String sql = """
                SELECT c.oid::regclass::text FROM unnest(ARRAY[%s]::text[]) AS named (name)
                CROSS JOIN LATERAL (
                    SELECT to_regclass(named.name)::oid
                    UNION SELECT relid::oid FROM pg_partition_tree(to_regclass(named.name))) AS piece (oid)
                JOIN pg_class c ON c.oid = piece.oid
                WHERE NOT EXISTS (
                    SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'cutover_fence' AND t.tgenabled = 'A'
                      AND right(pg_get_triggerdef(t.oid), length(%s)) = %s)
                ORDER BY 1""".formatted(tables(), literal(ending()), literal(ending()));
        return Rows.query(idle, sql, row -> row.getString(1) + ": " + NAME);
    }

    private String ending() {
        return "EXECUTE FUNCTION " + plan.transition().table("fence") + "(" + literal(plan.tenant()) + ", "
                + literal(MirrorToken.fenceDigest(plan.token())) + ", "
                + literal(MirrorToken.fenceDigest(plan.maintenanceToken())) + ")";
    }

    private String tables() {
        return String.join(
                ", ",
                plan.tables().values().stream()
                        .map(TablePlan::idleTable)
                        .distinct()
                        .map(table -> literal(qualified(plan.idleSchema(), table)))
                        .toList());
    }

    private static void each(Connection connection, String schema, String condition, String statement)
            throws SQLException {
        Rows.execute(connection, List.of(EACH.formatted(literal(schema), condition, literal(statement))));
    }
}
