// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.privilege;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.schema.Obstacle;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Finds the rights that the maintenance role lacks in one database. Changes nothing. */
public final class MaintenanceRights {
    private static final int NAMED = 10;

    private static final String DATABASE = """
            SELECT current_user, current_database(), has_database_privilege(current_database(), 'CREATE'), pg_is_in_recovery(),
                has_database_privilege(current_database(), 'TEMPORARY')""";

    private static final String SCHEMA = """
            SELECT pg_get_userbyid(nspowner), pg_has_role(nspowner, 'USAGE'), has_schema_privilege(oid, 'CREATE')
            FROM pg_namespace WHERE nspname = ?""";

    /**
     * The tables of others, and whether each one is needed whatever the mapping says: mirroring parks its foreign keys and triggers.
     * A partition comes with the name of the table that it is a part of.
     */
    private static final String FOREIGN_TABLES = """
            SELECT c.relname, pg_get_userbyid(c.relowner),
                coalesce((SELECT root.relname FROM pg_class root WHERE root.oid = pg_partition_root(c.oid)), c.relname),
                EXISTS (SELECT FROM pg_depend d
                    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'),
                EXISTS (SELECT FROM pg_constraint k WHERE k.contype = 'f' AND c.oid IN (k.conrelid, k.confrelid))
                    OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relkind IN ('r', 'p') AND NOT pg_has_role(c.relowner, 'USAGE') ORDER BY 1""";

    private final Connection connection;
    private final TransitionSchema transition;
    private final String role;
    private final String database;
    private final boolean creates;
    private final boolean standby;
    private final boolean temporary;
    private final List<Obstacle> obstacles = new ArrayList<>();

    private record Database(String role, String name, boolean creates, boolean standby, boolean temporary) {}

    private record Schema(String owner, boolean owned, boolean creates) {}

    private record Foreign(String name, String owner, boolean needed) {
        @Override
        public String toString() {
            return name + " (owner " + owner + ")";
        }
    }

    private MaintenanceRights(Connection connection, TransitionSchema transition) throws SQLException {
        this.connection = connection;
        this.transition = transition;
        Database found = Rows.query(
                        connection,
                        DATABASE,
                        row -> new Database(
                                row.getString(1),
                                row.getString(2),
                                row.getBoolean(3),
                                row.getBoolean(4),
                                row.getBoolean(5)))
                .get(0);
        this.role = found.role();
        this.database = found.name();
        this.creates = found.creates();
        this.standby = found.standby();
        this.temporary = found.temporary();
    }

    /**
     * What the role lacks on the side whose tables stay as they are.
     *
     * @param ignored names of tables that the mapping leaves out
     */
    public static List<Obstacle> ofServing(
            Connection connection, TransitionSchema transition, String schema, Set<String> ignored)
            throws SQLException {
        MaintenanceRights rights = new MaintenanceRights(connection, transition);
        rights.transitionSchema();
        rights.tables(schema, ignored);
        return rights.obstacles;
    }

    /**
     * What the role lacks on the side that is made.
     *
     * @param ignored names of tables that the mapping leaves out
     * @param anew whether the schema is dropped and made again
     * @param migrates whether migrations are to run in it
     */
    public static List<Obstacle> ofIdle(
            Connection connection,
            TransitionSchema transition,
            String schema,
            Set<String> ignored,
            boolean anew,
            boolean migrates)
            throws SQLException {
        MaintenanceRights rights = new MaintenanceRights(connection, transition);
        rights.transitionSchema();
        rights.schema(schema, anew, migrates);
        // The owner of a schema may drop it with the tables of others in it.
        if (!anew) {
            rights.tables(schema, ignored);
        }
        return rights.obstacles;
    }

    private void transitionSchema() throws SQLException {
        if (standby) {
            add(
                    "database " + database + " is on a standby server, which takes no writes",
                    "name the primary server's host in the cluster");
        }
        if (!temporary) {
            add(
                    "maintenance role " + role + " may not create temporary tables in database " + database,
                    "run GRANT TEMPORARY ON DATABASE " + database + " TO " + role);
        }
        List<Schema> found = schemas(transition.name());
        if (found.isEmpty()) {
            create(transition.name());
        } else if (!found.get(0).owned()) {
            add(
                    "schema " + transition.name() + " of database " + database + " belongs to "
                            + found.get(0).owner() + ", and maintenance role " + role + " is no member of that role",
                    "give this tenant a schema of its own in maintenance.schema; or, if the tenants trust each other, maintain"
                            + " them with one role");
        }
    }

    private void schema(String schema, boolean anew, boolean migrates) throws SQLException {
        List<Schema> found = schemas(schema);
        if (found.isEmpty()) {
            if (migrates) {
                create(schema);
            }
            return;
        }
        Schema there = found.get(0);
        if (anew && !there.owned()) {
            add(
                    "schema " + schema + " of database " + database + " belongs to " + there.owner()
                            + ", so maintenance role " + role + " cannot drop it",
                    "run GRANT " + there.owner() + " TO " + role);
        }
        if (anew) {
            create(schema);
        } else if (migrates && !there.creates()) {
            add(
                    "maintenance role " + role + " may not create objects in schema " + schema + " of database "
                            + database,
                    "run GRANT CREATE, USAGE ON SCHEMA " + schema + " TO " + role);
        }
    }

    private void create(String schema) {
        if (!creates) {
            add(
                    "maintenance role " + role + " may not create schema " + schema + " in database " + database,
                    "run GRANT CREATE ON DATABASE " + database + " TO " + role);
        }
    }

    private void tables(String schema, Set<String> ignored) throws SQLException {
        List<Foreign> foreign = Rows.query(
                        connection,
                        FOREIGN_TABLES,
                        row -> new Foreign(
                                row.getString(1),
                                row.getString(2),
                                row.getBoolean(5) || !row.getBoolean(4) && !ignored.contains(row.getString(3))),
                        schema)
                .stream()
                .filter(Foreign::needed)
                .toList();
        if (!foreign.isEmpty()) {
            String more = foreign.size() > NAMED ? " and " + (foreign.size() - NAMED) + " more" : "";
            add(
                    "maintenance role " + role + " neither owns these tables of schema " + schema
                            + " nor is a member of their owner: "
                            + foreign.stream()
                                    .limit(NAMED)
                                    .map(Foreign::toString)
                                    .collect(Collectors.joining(", ")) + more,
                    "run GRANT "
                            + foreign.stream().map(Foreign::owner).distinct().collect(Collectors.joining(", ")) + " TO "
                            + role);
        }
    }

    private List<Schema> schemas(String name) throws SQLException {
        return Rows.query(
                connection, SCHEMA, row -> new Schema(row.getString(1), row.getBoolean(2), row.getBoolean(3)), name);
    }

    private void add(String what, String remedy) {
        obstacles.add(new Obstacle(what, remedy));
    }
}
