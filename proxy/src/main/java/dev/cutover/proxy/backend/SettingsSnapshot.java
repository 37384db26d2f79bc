package dev.cutover.proxy.backend;

import com.github.benmanes.caffeine.cache.Interner;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Session settings that differ from what a fresh connection has, as SQL text fit to stand after {@code SET name TO}.
 * Immutable and interned: equal snapshots are the same object, so that comparing a session with the backend that it
 * borrows costs one comparison of references. {@code search_path} is not among them, see {@link BackendConnection}.
 */
public final class SettingsSnapshot {
    private static final Interner<SettingsSnapshot> INTERNER = Interner.newWeakInterner();

    public static final SettingsSnapshot NONE = INTERNER.intern(new SettingsSnapshot(Map.of()));

    private final Map<String, String> values;
    private final int hash;

    private SettingsSnapshot(Map<String, String> values) {
        this.values = values;
        this.hash = values.hashCode();
    }

    public static SettingsSnapshot of(Map<String, String> values) {
        return INTERNER.intern(new SettingsSnapshot(new TreeMap<>(values)));
    }

    public @Nullable String get(String name) {
        return values.get(name);
    }

    public SettingsSnapshot with(String name, String value) {
        if (value.equals(values.get(name))) {
            return this;
        }
        Map<String, String> copy = new LinkedHashMap<>(values);
        copy.put(name, value);
        return of(copy);
    }

    public SettingsSnapshot without(String name) {
        if (!values.containsKey(name)) {
            return this;
        }
        Map<String, String> copy = new LinkedHashMap<>(values);
        copy.remove(name);
        return of(copy);
    }

    /** The statements that bring a connection from another snapshot to this one. */
    public String statementsFrom(SettingsSnapshot other) {
        StringBuilder sql = new StringBuilder();
        for (String name : other.values.keySet()) {
            if (!values.containsKey(name)) {
                sql.append("RESET ").append(quoteName(name)).append(';');
            }
        }
        values.forEach((name, value) -> {
            if (!value.equals(other.values.get(name))) {
                sql.append("SET ")
                        .append(quoteName(name))
                        .append(" TO ")
                        .append(value)
                        .append(';');
            }
        });
        return sql.toString();
    }

    /** A setting's name has parts where it belongs to an extension or an application. */
    private static String quoteName(String name) {
        return "\"" + name.replace("\"", "\"\"").replace(".", "\".\"") + "\"";
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof SettingsSnapshot that && hash == that.hash && values.equals(that.values));
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return values.toString();
    }
}
