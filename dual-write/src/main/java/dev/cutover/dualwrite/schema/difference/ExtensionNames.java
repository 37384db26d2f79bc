// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.database.Rows;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of the extensions' objects in one database, each with its schema. PostgreSQL prints them without the schema where the
 * {@code search_path} leads there, so the same definition reads {@code (e = 'x'::citext)} or
 * {@code (e OPERATOR(public.=) 'x'::public.citext)}. A name that an object of a user shares is not among them.
 */
public record ExtensionNames(Set<String> names) {
    static final ExtensionNames NONE = new ExtensionNames(Set.of());

    private static final String NAMES = """
            WITH object (classid, oid, home, name) AS (
                SELECT 'pg_proc'::regclass::oid, oid, pronamespace, quote_ident(proname) FROM pg_proc
                UNION ALL SELECT 'pg_operator'::regclass, oid, oprnamespace, oprname FROM pg_operator
                UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace, quote_ident(typname) FROM pg_type
                UNION ALL SELECT 'pg_opclass'::regclass, oid, opcnamespace, quote_ident(opcname) FROM pg_opclass
                UNION ALL SELECT 'pg_collation'::regclass, oid, collnamespace, quote_ident(collname) FROM pg_collation)
            SELECT quote_ident(n.nspname) || '.' || o.name
            FROM object o JOIN pg_namespace n ON n.oid = o.home
            LEFT JOIN pg_depend d ON d.classid = o.classid AND d.objid = o.oid AND d.objsubid = 0 AND d.deptype = 'e'
            WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
            GROUP BY 1 HAVING bool_and(d.objid IS NOT NULL)""";

    private static final String WORD = "(?:\"[^\"]+\"|[a-z_][\\w$]*)";
    private static final Pattern OPERATOR = Pattern.compile("OPERATOR\\((" + WORD + "\\.([^\\w\\s()\"]+))\\)");
    private static final Pattern QUALIFIED =
            Pattern.compile("(?<![\\w$\".])(" + WORD + "\\.(" + WORD + "))(?![\\w$\"])");

    /** All of them. */
    static ExtensionNames of(Connection connection) throws SQLException {
        return new ExtensionNames(new HashSet<>(Rows.query(connection, NAMES, row -> row.getString(1))));
    }

    /** The text without the schema in front of these names. */
    String unqualified(String text) {
        return names.isEmpty() ? text : strip(QUALIFIED, strip(OPERATOR, text));
    }

    private String strip(Pattern pattern, String text) {
        return pattern.matcher(text)
                .replaceAll(found ->
                        Matcher.quoteReplacement(names.contains(found.group(1)) ? found.group(2) : found.group()));
    }
}
