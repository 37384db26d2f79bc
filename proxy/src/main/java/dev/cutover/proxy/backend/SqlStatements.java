// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import com.github.benmanes.caffeine.cache.Interner;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The statements that a session has prepared with SQL's PREPARE, by name. A backend connection has those of the last
 * session that used it. Immutable and interned like {@link SettingsSnapshot}, for the same reason.
 */
public final class SqlStatements {
    private static final Interner<SqlStatements> INTERNER = Interner.newWeakInterner();

    public static final SqlStatements NONE = INTERNER.intern(new SqlStatements(Map.of()));

    private final Map<String, Definition> byName;

    /**
     * How a statement was prepared.
     *
     * @param text the PREPARE, as it is meant under the route
     * @param settings what held then: they say what the text means
     * @param ownPath the session's own {@code search_path} then, as SQL text; null if it had none
     * @param schemaChangedAt when the tenant's schema had changed last: what was prepared before a change is another
     * @param routePath that of the route: after a flip the statement is prepared again
     */
    public record Definition(
            String text,
            SettingsSnapshot settings,
            @Nullable String ownPath,
            long schemaChangedAt,
            String routePath) {
        Definition under(String newRoutePath, UnaryOperator<String> meaning) {
            return new Definition(meaning.apply(text), settings, ownPath, schemaChangedAt, newRoutePath);
        }
    }

    private SqlStatements(Map<String, Definition> byName) {
        this.byName = byName;
    }

    private static SqlStatements of(Map<String, Definition> byName) {
        return INTERNER.intern(new SqlStatements(byName));
    }

    public Map<String, Definition> byName() {
        return Map.copyOf(byName);
    }

    public boolean has(String name) {
        return byName.containsKey(name);
    }

    public int size() {
        return byName.size();
    }

    public SqlStatements with(String name, Definition definition) {
        Map<String, Definition> copy = new LinkedHashMap<>(byName);
        copy.put(name, definition);
        return of(copy);
    }

    public SqlStatements without(String name) {
        if (!has(name)) {
            return this;
        }
        Map<String, Definition> copy = new LinkedHashMap<>(byName);
        copy.remove(name);
        return of(copy);
    }

    /**
     * The same statements, prepared under another route.
     *
     * @param meaning what a text means under that route
     */
    public SqlStatements under(String routePath, UnaryOperator<String> meaning) {
        if (byName.isEmpty()
                || byName.values().stream()
                        .allMatch(definition -> definition.routePath().equals(routePath))) {
            return this;
        }
        Map<String, Definition> moved = new LinkedHashMap<>();
        byName.forEach((name, definition) -> moved.put(name, definition.under(routePath, meaning)));
        return of(moved);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || (other instanceof SqlStatements that && byName.equals(that.byName));
    }

    @Override
    public int hashCode() {
        return byName.hashCode();
    }
}
