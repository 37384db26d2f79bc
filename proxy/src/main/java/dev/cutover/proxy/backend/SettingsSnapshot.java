// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import com.github.benmanes.caffeine.cache.Interner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Session settings that differ from what a fresh connection has, as SQL text fit to stand after {@code SET name TO}.
 * Immutable and interned: equal snapshots are the same object, so that comparing a session with the backend that it
 * borrows costs one comparison of references. {@code search_path} is not among them, see {@link BackendConnection}.
 */
public final class SettingsSnapshot {
    private static final List<String> TIMEOUTS =
            List.of("statement_timeout", "transaction_timeout", "idle_in_transaction_session_timeout");

    /** A timeout that is off, or surely a second or more, as SQL text. */
    private static final Pattern LONG =
            Pattern.compile("'?\\s*(0+|[1-9]\\d{3,}\\s*(ms)?|[1-9]\\d*\\s*(s|min|h|d))\\s*'?");

    private static final Interner<SettingsSnapshot> INTERNER = Interner.newWeakInterner();

    public static final SettingsSnapshot NONE = INTERNER.intern(new SettingsSnapshot(Map.of()));

    /** Settings that are roles in disguise, in the order in which they can be taken up. */
    public static final List<String> ROLES = List.of("session_authorization", "role");

    private static final List<String> ROLES_TAKEN_DOWN = List.of("role", "session_authorization");

    private final Map<String, String> values;
    private final int hash;
    private final boolean hasty;

    private SettingsSnapshot(Map<String, String> values) {
        this.values = values;
        this.hash = values.hashCode();
        this.hasty = TIMEOUTS.stream()
                .map(values::get)
                .anyMatch(value -> value != null && !LONG.matcher(value).matches());
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

    /**
     * The statements that bring a connection from another snapshot to this one. What a role may set, its session's user may
     * not, and the other way round: so the roles are put down first and taken up last.
     */
    public String statementsFrom(SettingsSnapshot other) {
        if (ROLES.stream().anyMatch(other.values::containsKey)) {
            StringBuilder sql = new StringBuilder();
            Map<String, String> plain = new TreeMap<>(other.values);
            for (String role : ROLES_TAKEN_DOWN) {
                if (plain.remove(role) != null) {
                    sql.append("RESET ").append(quoteName(role)).append(';');
                }
            }
            return sql + statementsFrom(of(plain));
        }
        StringBuilder sql = new StringBuilder();
        for (String name : other.values.keySet()) {
            // SET may leave a part of it as another session has left it.
            boolean partly = name.equals("datestyle") && !other.values.get(name).equals(values.get(name));
            if (partly || !values.containsKey(name)) {
                sql.append("RESET ").append(quoteName(name)).append(';');
            }
        }
        values.forEach((name, value) -> {
            if (!value.equals(other.values.get(name)) && !ROLES.contains(name)) {
                sql.append(statement(name)).append(';');
            }
        });
        for (String role : ROLES) {
            if (values.containsKey(role)) {
                sql.append(statement(role)).append(';');
            }
        }
        return sql.toString();
    }

    /**
     * Whether a timeout of this snapshot could end the statements that bring a connection from it to another one. One of a second or
     * more is taken for long enough.
     */
    public boolean hasty() {
        return hasty;
    }

    public boolean hasTimeouts() {
        return TIMEOUTS.stream().anyMatch(values::containsKey);
    }

    /** The same without timeouts if one of them is short. */
    public SettingsSnapshot unhurried() {
        if (!hasty) {
            return this;
        }
        SettingsSnapshot result = this;
        for (String name : TIMEOUTS) {
            result = result.without(name);
        }
        return result;
    }

    /** The statements that bring a fresh connection to this snapshot, its roles excepted: RESET ALL leaves them alone. */
    public List<String> statements() {
        return values.keySet().stream()
                .filter(name -> !ROLES.contains(name))
                .map(this::statement)
                .toList();
    }

    /** What a server reports, with those of the values that this snapshot has a say in taken from another report. */
    public ServerParameters restored(ServerParameters reported, ServerParameters other) {
        ServerParameters[] result = {reported};
        other.forEach((name, value) -> {
            if (values.containsKey(name.toLowerCase(Locale.ROOT))) {
                result[0] = result[0].with(name, value);
            }
        });
        return result[0];
    }

    /** Whether the user is another one than the login's. */
    public boolean hasRole() {
        return ROLES.stream().anyMatch(values::containsKey);
    }

    /** The roles of another snapshot in the place of the own ones. */
    public SettingsSnapshot withRolesOf(SettingsSnapshot other) {
        SettingsSnapshot result = this;
        for (String role : ROLES) {
            String value = other.values.get(role);
            result = value == null ? result.without(role) : result.with(role, value);
        }
        return result;
    }

    /** The statement for a setting that is in the snapshot. */
    public String statement(String name) {
        return "SET " + quoteName(name) + " TO " + values.get(name);
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
