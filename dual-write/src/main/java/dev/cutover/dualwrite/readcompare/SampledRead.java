// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.readcompare;

import dev.cutover.dualwrite.analyze.ComparableRead;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A read that a client has run, to be run again.
 *
 * @param sql a single statement, with parameters as {@code $1}
 * @param parameters in order
 * @param role the one that ran it
 */
public record SampledRead(String sql, List<Parameter> parameters, String role) {
    /** Types whose names are the same in every database, by OID. */
    private static final Map<Integer, String> TYPES = Map.ofEntries(
            Map.entry(16, "boolean"),
            Map.entry(17, "bytea"),
            Map.entry(18, "\"char\""),
            Map.entry(19, "name"),
            Map.entry(20, "bigint"),
            Map.entry(21, "smallint"),
            Map.entry(23, "integer"),
            Map.entry(25, "text"),
            Map.entry(114, "json"),
            Map.entry(700, "real"),
            Map.entry(701, "double precision"),
            Map.entry(1005, "smallint[]"),
            Map.entry(1007, "integer[]"),
            Map.entry(1009, "text[]"),
            Map.entry(1015, "varchar[]"),
            Map.entry(1016, "bigint[]"),
            Map.entry(1042, "bpchar"),
            Map.entry(1043, "varchar"),
            Map.entry(1082, "date"),
            Map.entry(1083, "time"),
            Map.entry(1114, "timestamp"),
            Map.entry(1184, "timestamptz"),
            Map.entry(1186, "interval"),
            Map.entry(1266, "timetz"),
            Map.entry(1700, "numeric"),
            Map.entry(2950, "uuid"),
            Map.entry(2951, "uuid[]"),
            Map.entry(3802, "jsonb"));

    public SampledRead {
        parameters = List.copyOf(parameters);
    }

    /**
     * A parameter's value.
     *
     * @param type the OID that the client has named; 0 if it left it to the server
     */
    public record Parameter(@Nullable String text, int type) {
        String sql() {
            String literal = text == null ? "NULL" : literal(text);
            return type == 0 ? literal : "(" + literal + "::" + TYPES.get(type) + ")";
        }

        private static String literal(String text) {
            String quoted = "'" + text.replace("'", "''") + "'";
            return text.indexOf('\\') < 0 ? quoted : "E" + quoted.replace("\\", "\\\\");
        }
    }

    /** Whether each parameter has a type that can be named. */
    public static boolean canName(int type) {
        return type == 0 || TYPES.containsKey(type);
    }

    /** With the parameters' values in their places. */
    ComparableRead comparable() {
        return ComparableRead.of(
                sql,
                number ->
                        number <= parameters.size() ? parameters.get(number - 1).sql() : "$" + number);
    }
}
