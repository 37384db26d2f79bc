// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.proxy.route.Route;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which {@code search_path} a session's transaction runs under: the route's, or its own. A schema of one of the tenant's
 * sides in a session's own path means the serving one, so that a client which names its schema moves all the same.
 */
public final class SearchPath {
    private SearchPath() {}

    /**
     * The path as SQL text fit to stand after {@code SET search_path TO}.
     *
     * @param own the session's own, as SQL text; null if it has none
     * @return empty for the server's default
     */
    public static String effective(Route route, @Nullable String own) {
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
     * Whether a session's own path finds by every name what the route's path finds: it has the same schemas in the same order, and
     * lacks only such as hold nothing.
     *
     * @param own as SQL text
     * @param empty schemas that hold nothing
     */
    public static boolean meansTheSame(Route route, String own, Set<String> empty) {
        List<String> schemas = parse(own);
        String serving = route.schema();
        if (schemas == null || serving == null) {
            return effective(route, own).equals(effective(route, null));
        }
        int found = 0;
        for (String schema : route.searchPath()) {
            if (found < schemas.size()
                    && schema.equals(route.ownSchemas().contains(schemas.get(found)) ? serving : schemas.get(found))) {
                found++;
            } else if (!empty.contains(schema)) {
                return false;
            }
        }
        return found == schemas.size();
    }

    /**
     * Whether a session means each schema that it names. So does one whose path is empty, or was set by set_config(), as pg_dump's
     * is. Others mean the serving side by either side's schema.
     */
    public static boolean literal(Pins pins, SessionSettings settings) {
        return pins.has(SessionEffect.UNTRACKED_PATH) || "''".equals(settings.currentSearchPath());
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
    public static String translation(Route route) {
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

    /** An expression for the text. */
    private static String literal(String name) {
        if (ClientEncoding.isAscii(name)) {
            return SettingValue.literal(name);
        }
        return name.codePoints()
                .mapToObj(c -> "pg_catalog.chr(" + c + ")")
                .collect(Collectors.joining(" OPERATOR(pg_catalog.||) ", "(", ")"));
    }

    /** A path given as the value of a setting, not as SQL: {@code a, "B", c}. */
    public static String quoted(String value) {
        List<String> schemas = parse(value);
        return schemas == null ? SettingValue.literal(value) : quoted(schemas);
    }

    public static String quoted(List<String> schemas) {
        StringBuilder sql = new StringBuilder();
        for (String schema : schemas) {
            if (!sql.isEmpty()) {
                sql.append(", ");
            }
            // An element of the path may be empty. An identifier may not.
            sql.append(
                    schema.isEmpty() ? "''" : ClientEncoding.isAscii(schema) ? Names.quote(schema) : escaped(schema));
        }
        return sql.toString();
    }

    /** In ASCII, so that the name is the same in every {@code client_encoding}. */
    private static String escaped(String name) {
        StringBuilder sql = new StringBuilder("U&\"");
        name.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                sql.appendCodePoint(c).appendCodePoint(c);
            } else if (c < 0x80) {
                sql.appendCodePoint(c);
            } else {
                sql.append(String.format("\\+%06x", c));
            }
        });
        return sql.append('"').toString();
    }

    /** The schemas of a plain list of identifiers and string literals; null if it is anything else. */
    public static @Nullable List<String> parse(String text) {
        List<String> schemas = new ArrayList<>();
        int at = 0;
        while (true) {
            at = skipSpace(text, at);
            if (at >= text.length()) {
                return null;
            }
            char first = text.charAt(at);
            boolean escapes = text.regionMatches(true, at, "U&\"", 0, 3);
            if (escapes) {
                at += 2;
                first = '"';
            }
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
                String schema = escapes ? unescaped(name.toString()) : name.toString();
                if (schema == null) {
                    return null;
                }
                schemas.add(schema);
            } else {
                end = at;
                while (end < text.length() && isIdentifierPart(text.charAt(end))) {
                    end++;
                }
                String name = Names.fold(text.substring(at, end));
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

    /** @return null if it is not as the server would take it */
    private static @Nullable String unescaped(String name) {
        StringBuilder plain = new StringBuilder();
        int at = 0;
        while (at < name.length()) {
            char c = name.charAt(at);
            if (c != '\\') {
                plain.append(c);
                at++;
            } else if (name.startsWith("\\\\", at)) {
                plain.append(c);
                at += 2;
            } else {
                int digits = name.startsWith("\\+", at) ? 6 : 4;
                int start = at + (digits == 6 ? 2 : 1);
                if (start + digits > name.length()) {
                    return null;
                }
                try {
                    plain.appendCodePoint(Integer.parseInt(name, start, start + digits, 16));
                } catch (IllegalArgumentException e) {
                    return null;
                }
                at = start + digits;
            }
        }
        return plain.toString();
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
