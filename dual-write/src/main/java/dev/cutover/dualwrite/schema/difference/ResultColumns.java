// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.analyze.JdbcText;
import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What the results of statements look like under a {@code search_path}. They are parsed and described by the server, never
 * executed. Not for several threads.
 */
public final class ResultColumns implements AutoCloseable {
    /** Types from here on are the user's; their OIDs mean nothing in another schema. */
    private static final long FIRST_USER_TYPE = 16384;

    private static final String SET_PATH = "SELECT set_config('search_path', ?, false)";

    private final Connection connection;
    private final String pathBefore;
    private final Map<Long, String> types = new HashMap<>();

    /** @param connection not in a transaction; it has its own search_path again after {@link #close} */
    public ResultColumns(Connection connection, String searchPath) throws SQLException {
        this.connection = connection;
        this.pathBefore = Rows.query(connection, "SELECT current_setting('search_path')", row -> row.getString(1))
                .get(0);
        path(searchPath);
    }

    /** What the driver keeps prepared means something else under another path; it notices this statement and forgets it. */
    private void path(String searchPath) throws SQLException {
        Rows.query(connection, SET_PATH, row -> "", searchPath);
        Rows.execute(connection, List.of("DEALLOCATE ALL"));
    }

    /** A column; two are equal if no client can tell them apart. */
    public record Column(String name, String type, int precision, int scale) {
        @Override
        public String toString() {
            return '"' + name + "\" " + type
                    + (precision > 0 && scale > 0
                            ? "(" + precision + "," + scale + ")"
                            : precision > 0 ? "(" + precision + ")" : "");
        }
    }

    /**
     * The columns of a statement's result; none if it has no result.
     *
     * @param sql with parameters as {@code $1}
     * @param parameterTypes OIDs, as far as the client has declared them; 0 if not
     * @throws SQLException if the server does not parse it
     */
    public List<Column> of(String sql, List<Long> parameterTypes) throws SQLException {
        learn(parameterTypes);
        String jdbc = JdbcText.of(sql, number -> parameter(number, parameterTypes));
        try (PreparedStatement statement = connection.prepareStatement(jdbc)) {
            ResultSetMetaData described = statement.getMetaData();
            List<Column> columns = new ArrayList<>();
            for (int i = 1; described != null && i <= described.getColumnCount(); i++) {
                columns.add(new Column(
                        described.getColumnLabel(i),
                        unqualified(described.getColumnTypeName(i)),
                        described.getPrecision(i),
                        described.getScale(i)));
            }
            return columns;
        }
    }

    /** Each side has types of its own, in its own schema. */
    private static String unqualified(String type) {
        return type.substring(type.lastIndexOf('.') + 1).replace("\"", "");
    }

    private String parameter(int number, List<Long> parameterTypes) {
        String type = number >= 1 && number <= parameterTypes.size() ? types.get(parameterTypes.get(number - 1)) : null;
        return type == null ? "?" : "(?::" + type + ")";
    }

    /** Learns the names of types. */
    private void learn(List<Long> oids) throws SQLException {
        for (Long oid : oids) {
            if (oid != 0 && oid < FIRST_USER_TYPE && !types.containsKey(oid)) {
                String name = Rows.query(
                                connection,
                                "SELECT format_type(?::oid, NULL)",
                                row -> row.getString(1),
                                Long.toString(oid))
                        .get(0);
                types.put(oid, name);
            }
        }
    }

    @Override
    public void close() throws SQLException {
        path(pathBefore);
    }
}
