// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.net;

import static dev.cutover.dualwrite.model.SqlText.identifier;
import static dev.cutover.dualwrite.model.SqlText.literal;
import static dev.cutover.dualwrite.model.SqlText.qualified;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.CatalogLock;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.database.TransitionGrants;
import dev.cutover.dualwrite.model.MarkKey;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.MirrorToken;
import dev.cutover.dualwrite.rowsql.MarkView;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * The triggers that mark every row change which no mirrored statement made.
 *
 * <p>Three stand on each mapped table of both sides:
 *
 * <ul>
 *   <li>{@value NetTriggers#ROW} marks the key of every inserted, updated or deleted row. Its WHEN, the function of {@link UnmirroredFunction},
 *       lets pass what a mirrored or a resync statement did itself: such a statement's text begins with the plan's token, and the
 *       change is not nested. What a trigger, a cascade, a default or any other function under it changes is marked.
 *   <li>{@value NetTriggers#KEY} marks the old key of a row whose key changed, whoever changed it: a mirrored statement writes the new
 *       key only.
 *   <li>{@value NetTriggers#TRUNCATE} marks the whole table. It stands on each partition too, since a statement trigger of the parent
 *       does not fire for those.
 * </ul>
 *
 * <p>On a table that is append-only they mark where an inserted row lies, and refuse whatever else would change the table: such a row
 * is carried once, so it may neither change nor go.
 *
 * <p>The triggers' functions run as their owner, so that a writer needs no right on the marks. Nobody else may use them: handed a
 * row type of a user's own, they would run the user's casts as the owner. Clients' own statements make marks through a
 * {@link MarkView}, which {@link #install} makes as well.
 *
 * <p>All triggers are ENABLE ALWAYS, so that a writer with {@code session_replication_role = replica} is caught as well.
 * {@code current_query()} is null where no client statement runs (a replication worker); that counts as not mirrored.
 */
public final class Net {
    private static final String BY_KEY = " by (";
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);
    private static final int ATTEMPTS = 60;

    /** The roles that may change a table, or some of its columns. */
    private static final String WRITERS = """
            SELECT DISTINCT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END
            FROM pg_class c
            CROSS JOIN LATERAL (
                SELECT * FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))
                UNION ALL
                SELECT acl.* FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) AS acl
                WHERE a.attrelid = c.oid AND NOT a.attisdropped) AS g
            LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE c.oid = to_regclass(?) AND g.privilege_type IN ('INSERT', 'UPDATE', 'DELETE')""";

    /** The roles that may use a schema. */
    private static final String USERS = """
            SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(r.rolname) END
            FROM pg_namespace n
            CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS g
            LEFT JOIN pg_roles r ON r.oid = g.grantee
            WHERE n.nspname = ? AND g.privilege_type = 'USAGE'""";

    private final MirrorPlan plan;
    private final UnmirroredFunction unmirrored;

    public Net(MirrorPlan plan) {
        this.plan = plan;
        this.unmirrored = new UnmirroredFunction(plan.transition());
    }

    /**
     * Installs what is missing, table by table, each in a short transaction of its own. CREATE TRIGGER waits for the
     * table's running writers, so once this returns, every change that is not yet committed will be or has been marked.
     */
    public void install(Placement placement) throws SQLException, InterruptedException {
        for (Side side : bothSides()) {
            for (Target target : targets(side)) {
                // Apart from the rest, which may wait for the table's writers while it holds what it has locked.
                Transactions.Steps usage = connection -> letWritersIn(connection, target);
                Transactions.retrying(database(placement, side), LOCK_TIMEOUT, ATTEMPTS, usage.asWork());
                Transactions.Steps steps = connection -> install(connection, target);
                Transactions.retrying(database(placement, side), LOCK_TIMEOUT, ATTEMPTS, steps.asWork());
            }
        }
    }

    /** The serving side first: what is done there must not wait for an idle side that does not answer. */
    private List<Side> bothSides() {
        return List.of(plan.serving(), plan.serving().other());
    }

    private DataSource database(Placement placement, Side side) {
        return side == plan.serving() ? placement.serving() : placement.idle();
    }

    /**
     * The triggers that are missing, disabled or made for another token, also on partitions, as {@code schema.table: trigger}, and
     * the functions that are not as they were installed.
     */
    public List<String> gaps(Placement placement) throws SQLException {
        List<String> gaps = new ArrayList<>();
        for (Side side : bothSides()) {
            try (Connection connection = database(placement, side).getConnection()) {
                if (!unmirrored.intact(connection)) {
                    gaps.add(unmirrored.signature());
                }
                List<NetGaps.Stand> stands =
                        targets(side).stream().map(Target::stand).toList();
                NetGaps.of(connection, stands, digest()).forEach(gap -> gaps.add(gap.toString()));
            }
        }
        return gaps;
    }

    /** The mapped tables of a side, each once: rows may lie in several tables there, or be made from several here. */
    private List<Target> targets(Side side) {
        Map<String, Target> targets = new LinkedHashMap<>();
        for (TablePlan table : plan.tables().values()) {
            if (side == plan.serving()) {
                List<String> types = table.key().stream().map(Key::servingType).toList();
                add(targets, side, table.servingTable(), table, Key::servingColumn, types);
                table.servingParts()
                        .forEach(part ->
                                targets.put(part.table(), new Target(side, part.table(), part.key(), types, false)));
            } else {
                List<String> types = table.key().stream().map(Key::idleType).toList();
                add(targets, side, table.idleTable(), table, Key::idleColumn, types);
            }
        }
        return List.copyOf(targets.values());
    }

    private void add(
            Map<String, Target> targets,
            Side side,
            String name,
            TablePlan table,
            Function<Key, String> column,
            List<String> types) {
        List<String> key = table.key().stream().map(column).toList();
        targets.put(name, new Target(side, name, key, types, table.appendOnly()));
    }

    /** What the row triggers know of the plan's token. */
    private String digest() {
        return MirrorToken.netDigest(plan.token());
    }

    /** One table of one side. */
    private final class Target {
        private final Side side;
        private final String name;
        private final List<String> key;
        private final List<String> keyTypes;
        private final boolean appendOnly;
        private final MarkView marks;

        Target(Side side, String name, List<String> key, List<String> keyTypes, boolean appendOnly) {
            this.side = side;
            this.name = name;
            this.key = key;
            this.keyTypes = keyTypes;
            this.appendOnly = appendOnly;
            this.marks = MarkView.of(plan, side, name);
        }

        String schema() {
            return side == plan.serving() ? plan.servingSchema() : plan.idleSchema();
        }

        String name() {
            return name;
        }

        String qualifiedName() {
            return qualified(schema(), name());
        }

        String function() {
            return marks.netFunction();
        }

        String comment() {
            return "marks changes of " + schema() + "." + name() + BY_KEY + String.join(", ", key) + ")"
                    + belongsTo(plan.tenant());
        }

        NetGaps.Stand stand() {
            return new NetGaps.Stand(schema(), name(), qualifiedName(), function() + "()", body(this), view());
        }

        /** No client marks rows of a table that is append-only: a mark is a row to be inserted. */
        private String view() {
            return appendOnly ? plan.transition().marks() : marks.name();
        }

        String keys(Function<String, String> column) {
            return key.stream().map(column).collect(Collectors.joining(", "));
        }

        String keyJson(String row) {
            return appendOnly ? MarkKey.place(row, "TG_RELID") : keyValues(row);
        }

        private String keyValues(String row) {
            return MarkKey.json(
                    key.stream().map(column -> row + "." + identifier(column)).toList(), keyTypes);
        }

        /** A key's text must not hang on the settings of whoever writes the row. Each setting costs a little per row. */
        String settings() {
            return MarkKey.dependsOnSettings(keyTypes)
                    ? " SET extra_float_digits = 3 SET DateStyle = 'ISO, YMD' SET IntervalStyle = 'postgres'"
                            + " SET bytea_output = 'hex' SET lc_monetary = 'C' SET TimeZone = 'UTC'"
                            + " SET xmloption = 'content' SET quote_all_identifiers = off"
                    : "";
        }

        String mark(String key) {
            return "INSERT INTO " + plan.transition().marks() + " (tenant, side, tbl, key) VALUES ("
                    + literal(plan.tenant()) + ", " + literal(side.name()) + ", " + literal(name()) + ", " + key + ");";
        }
    }

    private void install(Connection connection, Target target) throws SQLException {
        if (!unmirrored.intact(connection)) {
            CatalogLock.take(connection);
            unmirrored.make(connection);
        }
        Set<String> missing = NetGaps.of(connection, List.of(target.stand()), digest()).stream()
                .map(NetGaps.Gap::what)
                .collect(Collectors.toSet());
        if (missing.isEmpty()) {
            return;
        }
        refuseAnotherKey(connection, target);
        try (Statement statement = connection.createStatement()) {
            statement.execute(function(target));
            statement.execute("COMMENT ON FUNCTION " + target.function() + "() IS " + literal(target.comment()));
            if (target.appendOnly) {
                TransitionGrants.revoke(connection, plan.transition().name(), Set.of(target.function()));
            } else {
                makeView(connection, target);
            }
            for (String trigger :
                    NetTriggers.ALL.stream().filter(missing::contains).toList()) {
                statement.execute("DROP TRIGGER IF EXISTS " + trigger + " ON " + target.qualifiedName());
                statement.execute(definition(target, trigger));
                statement.execute("ALTER TABLE " + target.qualifiedName() + " ENABLE ALWAYS TRIGGER " + trigger);
            }
            for (String partition : partitions(connection, target)) {
                statement.execute("DROP TRIGGER IF EXISTS " + NetTriggers.TRUNCATE + " ON " + partition);
                statement.execute(truncateTrigger(partition, target.function()));
                statement.execute("ALTER TABLE " + partition + " ENABLE ALWAYS TRIGGER " + NetTriggers.TRUNCATE);
            }
        }
    }

    /** The marks that there are name rows by the key that the tables had when mirroring began. */
    private static void refuseAnotherKey(Connection connection, Target target) throws SQLException {
        String sql = "SELECT obj_description(to_regprocedure(?), 'pg_proc')";
        String before = Rows.query(connection, sql, row -> row.getString(1), target.function() + "()")
                .get(0);
        if (before != null && before.contains(BY_KEY) && !before.equals(target.comment())) {
            throw new SQLException(
                    "the rows of " + target.qualifiedName() + " are matched by (" + String.join(", ", target.key)
                            + ") now, and were by another key when mirroring began (" + before
                            + "): restore the unique index of that key, or abort the transition",
                    "55000");
        }
    }

    /** How the comment on each of the tenant's functions ends. {@link NetRemoval} finds them by it. */
    static String belongsTo(String tenant) {
        return ", tenant " + tenant;
    }

    /** Everybody who may write the table may mark its keys, and nobody may do more. */
    private void makeView(Connection connection, Target target) throws SQLException {
        Rows.execute(connection, target.marks.definition(target.keyTypes));
        TransitionGrants.revoke(connection, plan.transition().name(), Set.of(target.function(), target.marks.name()));
        letWritersIn(connection, target);
        List<String> statements = new ArrayList<>();
        for (String writer : Rows.query(connection, WRITERS, row -> row.getString(1), target.qualifiedName())) {
            statements.add("GRANT INSERT (key) ON " + target.marks.name() + " TO " + writer);
        }
        Rows.execute(connection, statements);
    }

    /** The writers of the table may use the schema of the marks. Changes nothing, and locks nothing, where they may already. */
    private void letWritersIn(Connection connection, Target target) throws SQLException {
        String schema = plan.transition().name();
        List<String> missing =
                new ArrayList<>(Rows.query(connection, WRITERS, row -> row.getString(1), target.qualifiedName()));
        missing.removeAll(Rows.query(connection, USERS, row -> row.getString(1), schema));
        if (!missing.isEmpty()) {
            CatalogLock.take(connection);
            Rows.execute(
                    connection,
                    missing.stream()
                            .map(writer -> "GRANT USAGE ON SCHEMA " + schema + " TO " + writer)
                            .toList());
        }
    }

    private String function(Target target) {
        return "CREATE OR REPLACE FUNCTION " + target.function() + "() RETURNS trigger LANGUAGE plpgsql"
                + " SECURITY DEFINER SET search_path = pg_catalog, pg_temp" + target.settings() + " AS $net$"
                + body(target) + "$net$";
    }

    private static String body(Target target) {
        String table = literal(target.qualifiedName()) + "::regclass";
        return "\nBEGIN\n"
                + "  IF TG_RELID <> " + table + " AND pg_partition_root(TG_RELID) IS DISTINCT FROM " + table + " THEN\n"
                + "    RAISE insufficient_privilege USING MESSAGE = 'this function marks changes of another table';\n"
                + "  END IF;\n"
                + (target.appendOnly
                        ? "  IF TG_OP <> 'INSERT' THEN\n    RAISE feature_not_supported USING MESSAGE = "
                                + literal("table " + target.name() + " is append-only while its tenant moves")
                                + ",\n      HINT = 'Only INSERT is possible until the transition is complete.';\n  END IF;\n"
                        : "")
                + "  IF TG_LEVEL = 'STATEMENT' THEN\n    " + target.mark("NULL") + "\n"
                + "  ELSIF TG_OP = 'DELETE' OR TG_NAME = '" + NetTriggers.KEY + "' THEN\n    "
                + target.mark(target.keyJson("OLD"))
                + "\n"
                + "  ELSE\n    " + target.mark(target.keyJson("NEW")) + "\n"
                + "  END IF;\n"
                + "  RETURN NULL;\n"
                + "END ";
    }

    private String definition(Target target, String trigger) {
        return switch (trigger) {
            case NetTriggers.ROW ->
                "CREATE TRIGGER " + NetTriggers.ROW + " AFTER INSERT OR UPDATE OR DELETE ON " + target.qualifiedName()
                        + " FOR EACH ROW WHEN (" + unmirrored.name() + "(" + literal(digest())
                        + ")) EXECUTE FUNCTION "
                        + target.function() + "()";
            case NetTriggers.KEY ->
                "CREATE TRIGGER " + NetTriggers.KEY + " AFTER UPDATE ON " + target.qualifiedName() + " FOR EACH ROW"
                        + (target.appendOnly
                                ? ""
                                : " WHEN ((" + target.keys(column -> "OLD." + identifier(column))
                                        + ") IS DISTINCT FROM ("
                                        + target.keys(column -> "NEW." + identifier(column)) + "))")
                        + " EXECUTE FUNCTION " + target.function() + "()";
            default -> truncateTrigger(target.qualifiedName(), target.function());
        };
    }

    private static String truncateTrigger(String table, String function) {
        return "CREATE TRIGGER " + NetTriggers.TRUNCATE + " AFTER TRUNCATE ON " + table
                + " FOR EACH STATEMENT EXECUTE FUNCTION " + function + "()";
    }

    private static List<String> partitions(Connection connection, Target target) throws SQLException {
        String sql =
                "SELECT relid::regclass::text FROM pg_partition_tree(to_regclass(?)) WHERE parentrelid IS NOT NULL";
        List<String> partitions = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, target.qualifiedName());
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    partitions.add(rows.getString(1));
                }
            }
        }
        return partitions;
    }
}
