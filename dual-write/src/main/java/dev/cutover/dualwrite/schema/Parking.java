package dev.cutover.dualwrite.schema;

import static dev.cutover.dualwrite.rewrite.SqlText.identifier;

import dev.cutover.config.Side;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes foreign keys and user triggers off the idle side and puts them back. While a side is idle, rows reach it in an
 * order that its foreign keys would refuse, and its triggers would do a second time what the serving side's have done.
 *
 * <p>What is taken off is first recorded in {@code cutover.parked}, in the same transaction. Foreign keys come back NOT
 * VALID, which needs no scan; {@link #validate} then proves them without blocking writers.
 */
public final class Parking {
    private static final String FOREIGN_KEYS = """
            SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid), t.relkind = 'p'
            FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
            WHERE n.nspname = ? AND c.contype = 'f' AND c.conparentid = 0 ORDER BY 1, 2""";

    private static final String TRIGGERS = """
            SELECT t.tgrelid::regclass::text, t.tgname, t.tgenabled
            FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled <> 'D'
              AND t.tgname NOT LIKE 'cutover\\_net\\_%' ORDER BY 1, 2""";

    private final String tenant;

    public Parking(String tenant) {
        this.tenant = tenant;
    }

    private record Parked(String table, String kind, String name, String definition) {
        String remove() {
            return kind.equals("TRIGGER")
                    ? "ALTER TABLE " + table + " DISABLE TRIGGER " + identifier(name)
                    : "ALTER TABLE " + table + " DROP CONSTRAINT " + identifier(name);
        }

        String restore() {
            if (!kind.equals("TRIGGER")) {
                return "ALTER TABLE " + table + " ADD CONSTRAINT " + identifier(name) + " " + definition;
            }
            String enable =
                    switch (definition) {
                        case "A" -> "ENABLE ALWAYS";
                        case "R" -> "ENABLE REPLICA";
                        default -> "ENABLE";
                    };
            return "ALTER TABLE " + table + " " + enable + " TRIGGER " + identifier(name);
        }
    }

    /** Parks everything on the schema's tables; safe to repeat. Runs in the caller's transaction. */
    public void park(Connection connection, Side side, String schema) throws SQLException {
        List<Parked> parked = new ArrayList<>(Rows.query(
                connection,
                FOREIGN_KEYS,
                row -> new Parked(
                        row.getString(1),
                        "FOREIGN KEY",
                        row.getString(2),
                        withoutScan(row.getString(3), row.getBoolean(4))),
                schema));
        parked.addAll(Rows.query(
                connection,
                TRIGGERS,
                row -> new Parked(row.getString(1), "TRIGGER", row.getString(2), row.getString(3)),
                schema));
        for (Parked one : parked) {
            record(connection, side, one);
        }
        Rows.execute(connection, parked.stream().map(Parked::remove).toList());
    }

    /** Puts back all that was parked on the side; safe to repeat. Runs in the caller's transaction. */
    public void restore(Connection connection, Side side) throws SQLException {
        List<Parked> parked = Rows.query(
                connection,
                "DELETE FROM cutover.parked WHERE tenant = ? AND side = ? RETURNING tbl, kind, name, definition",
                row -> new Parked(row.getString(1), row.getString(2), row.getString(3), row.getString(4)),
                tenant,
                side.name());
        Rows.execute(connection, parked.stream().map(Parked::restore).toList());
    }

    /**
     * Validates the schema's foreign keys that came back unproved; readers and writers go on meanwhile. A key to a
     * partitioned table has a constraint for each partition beside its own. Alone, such a one does not hold.
     */
    public static void validate(Connection connection, String schema) throws SQLException {
        List<String> statements = Rows.query(connection, """
                SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', c.conrelid::regclass, c.conname)
                FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
                JOIN pg_namespace n ON n.oid = t.relnamespace
                WHERE n.nspname = ? AND c.contype = 'f' AND c.conparentid = 0 AND NOT c.convalidated""", row -> row.getString(1), schema);
        Rows.execute(connection, statements);
    }

    /** A partitioned table's foreign key cannot be added NOT VALID before PostgreSQL 18. */
    private static String withoutScan(String definition, boolean partitioned) {
        return partitioned || definition.endsWith("NOT VALID") ? definition : definition + " NOT VALID";
    }

    private void record(Connection connection, Side side, Parked parked) throws SQLException {
        String sql = "INSERT INTO cutover.parked (tenant, side, tbl, kind, name, definition) VALUES (?, ?, ?, ?, ?, ?)"
                + " ON CONFLICT (tenant, side, tbl, kind, name) DO UPDATE SET definition = EXCLUDED.definition";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, tenant);
            statement.setString(2, side.name());
            statement.setString(3, parked.table());
            statement.setString(4, parked.kind());
            statement.setString(5, parked.name());
            statement.setString(6, parked.definition());
            statement.executeUpdate();
        }
    }
}
