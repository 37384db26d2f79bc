// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.model;

/** Quoting for SQL that is put together from catalog names. */
public final class SqlText {
    private SqlText() {}

    /** A quoted identifier; PostgreSQL manual, section 4.1.1. */
    public static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /** {@code "schema"."name"}. */
    public static String qualified(String schema, String name) {
        return identifier(schema) + '.' + identifier(name);
    }

    /** A string literal that reads the same whatever {@code standard_conforming_strings} says. */
    public static String literal(String value) {
        String quoted = "'" + value.replace("'", "''").replace("\\", "\\\\") + "'";
        return value.indexOf('\\') < 0 ? quoted : "E" + quoted;
    }
}
