// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.proxy.backend.SettingsSnapshot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session's settings as its client has set them: those that are committed, and, while a transaction that changed some
 * is open, those that are in force until it ends.
 */
public final class SessionSettings {
    static final String SEARCH_PATH = "search_path";

    /** A path that no session's equals: so it will be set again. */
    public static final String UNKNOWN = "?";

    private final SettingsSnapshot startup;
    private final @Nullable String startupSearchPath;
    private Values committed;
    private @Nullable Values pending;
    private ClientEncoding encoding = ClientEncoding.UTF8;
    private final Deque<Savepoint> savepoints = new ArrayDeque<>();

    private record Savepoint(String name, @Nullable Values pending) {}

    /**
     * {@code search_path} stands apart, because the route has a say in it.
     *
     * @param applied what the backend has: after DISCARD ALL its own defaults, where the session has those of its startup
     *     message
     */
    private record Values(
            SettingsSnapshot settings,
            @Nullable String searchPath,
            SettingsSnapshot applied,
            String appliedSearchPath) {}

    public SessionSettings(Map<String, String> startupSettings) {
        this.startupSearchPath = startupSettings.get(SEARCH_PATH);
        this.startup = SettingsSnapshot.of(startupSettings).without(SEARCH_PATH);
        this.committed = new Values(startup, startupSearchPath, startup, "");
    }

    /** How the client writes the values from now on. */
    void encoding(ClientEncoding now) {
        encoding = now;
    }

    /** What a value says that the client writes now. */
    String meaning(String value) {
        return encoding.meaning(value);
    }

    /** A transaction begins on a backend that has been brought to this. */
    public void began(SettingsSnapshot applied, String appliedSearchPath) {
        if (committed.applied != applied || !committed.appliedSearchPath.equals(appliedSearchPath)) {
            committed = new Values(committed.settings, committed.searchPath, applied, appliedSearchPath);
        }
    }

    /** What the backend has when the transaction is over. */
    public SettingsSnapshot applied() {
        return committed.applied;
    }

    public String appliedSearchPath() {
        return committed.appliedSearchPath;
    }

    /** What holds at the beginning of the next transaction, and so what a borrowed backend must have. */
    public SettingsSnapshot committed() {
        return committed.settings;
    }

    /** The session's own {@code search_path} as SQL text at the beginning of the next transaction; null if none. */
    public @Nullable String committedSearchPath() {
        return committed.searchPath;
    }

    /** The session's {@code search_path} by its startup message, as SQL text; null if it named none. */
    @Nullable String startupSearchPath() {
        return startupSearchPath;
    }

    /** The session's own {@code search_path} at this moment. */
    public @Nullable String currentSearchPath() {
        return now().searchPath;
    }

    /** A setting's value as SQL text at this moment; null if the session has not set it. */
    public @Nullable String current(String name) {
        return now().settings.get(name);
    }

    /** All settings but {@code search_path} at this moment. */
    public SettingsSnapshot current() {
        return now().settings;
    }

    /** All but {@code search_path} by the startup message. */
    public SettingsSnapshot startup() {
        return startup;
    }

    private Values now() {
        return pending == null ? committed : pending;
    }

    /** A statement that changes a setting has succeeded. It lasts if its transaction commits. */
    public void changed(Change change) {
        Values now = now();
        if (change instanceof Change.Assign assign) {
            String value = encoding.meaning(assign.value());
            if (value.trim().equalsIgnoreCase("default")) {
                pending = reset(now, assign.name());
            } else if (assign.name().equals(SEARCH_PATH)) {
                pending = new Values(now.settings, value, now.applied, value);
            } else if (assign.name().equals(DateStyle.NAME)) {
                pending = new Values(
                        now.settings.with(DateStyle.NAME, DateStyle.merged(now.settings.get(DateStyle.NAME), value)),
                        now.searchPath,
                        now.applied.with(DateStyle.NAME, DateStyle.merged(now.applied.get(DateStyle.NAME), value)),
                        now.appliedSearchPath);
            } else {
                pending = new Values(
                        now.settings.with(assign.name(), value),
                        now.searchPath,
                        now.applied.with(assign.name(), value),
                        now.appliedSearchPath);
            }
        } else if (change instanceof Change.Reset reset) {
            pending = reset(now, reset.name());
        } else if (change instanceof Change.ResetAll) {
            SettingsSnapshot begun = startup.withRolesOf(now.settings);
            pending = new Values(begun, startupSearchPath, startup.withRolesOf(now.applied), UNKNOWN);
        } else if (change instanceof Change.DiscardAll) {
            pending = new Values(startup, startupSearchPath, SettingsSnapshot.NONE, "");
        }
    }

    /** RESET, as {@link SettingTexts} sends it. */
    private Values reset(Values now, String name) {
        if (name.equals(SEARCH_PATH)) {
            return new Values(now.settings, startupSearchPath, now.applied, UNKNOWN);
        }
        String value = startup.get(name);
        return new Values(
                value == null ? now.settings.without(name) : now.settings.with(name, value),
                now.searchPath,
                value == null ? now.applied.without(name) : now.applied.with(name, value),
                now.appliedSearchPath);
    }

    /** SAVEPOINT: what holds now can be come back to. */
    public void savepoint(String name) {
        savepoints.addLast(new Savepoint(name, pending));
    }

    /** RELEASE: the savepoint goes, and those after it. */
    public void release(String name) {
        Savepoint last;
        while ((last = savepoints.pollLast()) != null && !last.name().equals(name)) {
            // Gone with it.
        }
    }

    /** ROLLBACK TO: what was changed since the savepoint is as it was. The savepoint stays. */
    public void rollbackTo(String name) {
        Savepoint last;
        while ((last = savepoints.peekLast()) != null && !last.name().equals(name)) {
            savepoints.removeLast();
        }
        pending = last == null ? null : last.pending();
    }

    public void commit() {
        if (pending != null) {
            committed = pending;
            pending = null;
        }
        savepoints.clear();
    }

    public void rollback() {
        pending = null;
        savepoints.clear();
    }
}
