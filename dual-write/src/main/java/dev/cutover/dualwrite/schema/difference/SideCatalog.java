// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The catalogs of one side's database, read so that definitions of the two sides can be compared: names of the side's own objects
 * come without its schema.
 */
public final class SideCatalog {
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);

    private final DataSource database;
    private final String schema;
    private final Pattern prefix;
    private volatile @Nullable ExtensionNames extensions;

    public SideCatalog(DataSource database, String schema) {
        this.database = database;
        this.schema = schema;
        String plain = schema.matches("[a-z_][a-z0-9_$]*") ? Pattern.quote(schema) + "\\.|" : "";
        this.prefix = Pattern.compile("(?<![\\w$\"])(?:" + plain + Pattern.quote(SqlText.identifier(schema)) + "\\.)");
    }

    public String schema() {
        return schema;
    }

    /** All rows of a query with text parameters. What is found in the schema is written without its name. */
    public <T> List<T> query(String sql, Rows.Reader<T> reader, String... parameters) throws SQLException {
        return Transactions.once(database, LOCK_TIMEOUT, connection -> {
            Rows.execute(connection, List.of("SET LOCAL search_path = " + SqlText.identifier(schema)));
            if (extensions == null) {
                extensions = ExtensionNames.of(connection);
            }
            return Rows.query(connection, sql, reader, parameters);
        });
    }

    /** Runs a statement in a transaction of its own. */
    public void execute(String statement) throws SQLException {
        Transactions.Steps steps = connection -> {
            Rows.execute(connection, List.of("SET LOCAL search_path = " + SqlText.identifier(schema), statement));
        };
        Transactions.once(database, LOCK_TIMEOUT, steps.asWork());
    }

    /** The text without the schema in front of names, as functions write it that always put one there. */
    public String unqualified(String text) {
        return prefix.matcher(text).replaceAll(Matcher.quoteReplacement(""));
    }

    /**
     * The text without the schema in front of names, and without that of extensions in front of theirs, for comparison with the
     * other side's. Reads what {@link #query} has found out.
     */
    String comparable(String text) {
        ExtensionNames known = extensions;
        return unqualified((known == null ? ExtensionNames.NONE : known).unqualified(text));
    }

    /** A definition in which the schema has no name, wherever it stands: those of two sides can be compared. */
    String nameless(String definition) {
        return comparable(definition).replaceAll("(?<![\\w$])" + Pattern.quote(schema) + "(?![\\w$])", "the side");
    }
}
