package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.Intent.Setting.Change;
import dev.cutover.proxy.route.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which {@code search_path} a session's transaction runs under: the route's, or its own. A schema of one of the tenant's
 * sides in a session's own path means the serving one, so that a client which names its schema moves all the same.
 */
final class SearchPath {
    private SearchPath() {}

    /**
     * The path as SQL text fit to stand after {@code SET search_path TO}.
     *
     * @param own the session's own, as SQL text; null if it has none
     * @return empty for the server's default
     */
    static String effective(Route route, @Nullable String own) {
        if (own == null) {
            return quoted(route.searchPath());
        }
        List<String> schemas = parse(own);
        String serving = route.schema();
        if (schemas == null || serving == null) {
            return own;
        }
        List<String> translated = new ArrayList<>();
        for (String schema : schemas) {
            translated.add(route.ownSchemas().contains(schema) ? serving : schema);
        }
        return quoted(translated);
    }

    /**
     * What to send in place of a statement on {@code search_path}: one that names the idle side's schema, since the rest of
     * its transaction would write there; or one that takes the path back to where it began, since that is the tenant's own
     * and not the server's default.
     *
     * @param startup the session's path by its startup message, as SQL text; null if it named none
     * @return null if the statement can go as it is
     */
    static @Nullable String translated(Route route, Change change, @Nullable String startup) {
        if (change instanceof Change.Reset reset && reset.name().equals(SessionSettings.SEARCH_PATH)) {
            String begun = effective(route, startup);
            return begun.isEmpty() ? null : "SET search_path TO " + begun;
        }
        if (!(change instanceof Change.Assign assign) || !assign.name().equals(SessionSettings.SEARCH_PATH)) {
            return null;
        }
        List<String> schemas = parse(assign.value());
        boolean idle = schemas != null
                && route.schema() != null
                && schemas.stream()
                        .anyMatch(schema -> route.ownSchemas().contains(schema) && !schema.equals(route.schema()));
        return idle ? "SET search_path TO " + effective(route, assign.value()) : null;
    }

    /**
     * A query that takes the idle side's schemas out of a path that only the server knows. It puts the serving one in their
     * place.
     *
     * @return empty if there is nothing to translate
     */
    static String translation(Route route) {
        String serving = route.schema();
        String idle = route.ownSchemas().stream()
                .filter(schema -> !schema.equals(serving))
                .sorted()
                .map(SearchPath::literal)
                .collect(Collectors.joining(", "));
        return serving == null || idle.isEmpty() ? "" : """
                SELECT pg_catalog.set_config('search_path', (
                  SELECT pg_catalog.string_agg(pg_catalog.quote_ident(
                    CASE WHEN s OPERATOR(pg_catalog.=) ANY (ARRAY[%1$s]::pg_catalog.name[]) THEN %2$s ELSE s END), ', ')
                  FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) s), false)
                WHERE pg_catalog.current_schemas(false) OPERATOR(pg_catalog.&&) ARRAY[%1$s]::pg_catalog.name[]
                """.formatted(idle, literal(serving));
    }

    private static String literal(String name) {
        return StartupSettings.literal(name);
    }

    /** A path given as the value of a setting, not as SQL: {@code a, "B", c}. */
    static String quoted(String value) {
        List<String> schemas = parse(value);
        return schemas == null ? StartupSettings.literal(value) : quoted(schemas);
    }

    static String quoted(List<String> schemas) {
        StringBuilder sql = new StringBuilder();
        for (String schema : schemas) {
            if (!sql.isEmpty()) {
                sql.append(", ");
            }
            sql.append('"').append(schema.replace("\"", "\"\"")).append('"');
        }
        return sql.toString();
    }

    /** The schemas of a plain list of identifiers and string literals; null if it is anything else. */
    static @Nullable List<String> parse(String text) {
        List<String> schemas = new ArrayList<>();
        int at = 0;
        while (true) {
            at = skipSpace(text, at);
            if (at >= text.length()) {
                return null;
            }
            char first = text.charAt(at);
            int end;
            if (first == '"' || first == '\'') {
                StringBuilder name = new StringBuilder();
                end = at + 1;
                while (true) {
                    if (end >= text.length()) {
                        return null;
                    }
                    char c = text.charAt(end++);
                    if (c == first) {
                        if (end >= text.length() || text.charAt(end) != first) {
                            break;
                        }
                        end++;
                    }
                    name.append(c);
                }
                schemas.add(name.toString());
            } else {
                end = at;
                while (end < text.length() && isIdentifierPart(text.charAt(end))) {
                    end++;
                }
                String name = text.substring(at, end).toLowerCase(Locale.ROOT);
                if (name.isEmpty() || name.equals("default")) {
                    return null;
                }
                schemas.add(name);
            }
            at = skipSpace(text, end);
            if (at == text.length()) {
                return schemas;
            }
            if (text.charAt(at++) != ',') {
                return null;
            }
        }
    }

    private static boolean isIdentifierPart(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '$';
    }

    private static int skipSpace(String text, int start) {
        int at = start;
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
        return at;
    }
}
