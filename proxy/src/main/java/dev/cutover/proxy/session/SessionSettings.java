package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.Intent.Setting.Change;
import dev.cutover.proxy.backend.SettingsSnapshot;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session's settings as its client has set them: those that are committed, and, while a transaction that changed some
 * is open, those that are in force until it ends.
 */
final class SessionSettings {
    static final String SEARCH_PATH = "search_path";

    private final SettingsSnapshot startup;
    private final @Nullable String startupSearchPath;
    private Values committed;
    private @Nullable Values pending;

    /**
     * {@code search_path} stands apart, because the route has a say in it.
     *
     * @param applied what the backend has: after RESET it has its own default, where the session has that of its startup
     *     message
     */
    private record Values(
            SettingsSnapshot settings,
            @Nullable String searchPath,
            SettingsSnapshot applied,
            String appliedSearchPath) {}

    SessionSettings(Map<String, String> startupSettings) {
        this.startupSearchPath = startupSettings.get(SEARCH_PATH);
        this.startup = SettingsSnapshot.of(startupSettings).without(SEARCH_PATH);
        this.committed = new Values(startup, startupSearchPath, startup, "");
    }

    /** A transaction begins on a backend that has been brought to this. */
    void began(SettingsSnapshot applied, String appliedSearchPath) {
        if (committed.applied != applied || !committed.appliedSearchPath.equals(appliedSearchPath)) {
            committed = new Values(committed.settings, committed.searchPath, applied, appliedSearchPath);
        }
    }

    /** What the backend has when the transaction is over. */
    SettingsSnapshot applied() {
        return committed.applied;
    }

    String appliedSearchPath() {
        return committed.appliedSearchPath;
    }

    /** What holds at the beginning of the next transaction, and so what a borrowed backend must have. */
    SettingsSnapshot committed() {
        return committed.settings;
    }

    /** The session's own {@code search_path} as SQL text at the beginning of the next transaction; null if none. */
    @Nullable String committedSearchPath() {
        return committed.searchPath;
    }

    /** The session's {@code search_path} by its startup message, as SQL text; null if it named none. */
    @Nullable String startupSearchPath() {
        return startupSearchPath;
    }

    /** The session's own {@code search_path} at this moment. */
    @Nullable String currentSearchPath() {
        return current().searchPath;
    }

    /** A setting's value as SQL text at this moment; null if the session has not set it. */
    @Nullable String current(String name) {
        return current().settings.get(name);
    }

    boolean changedInTransaction() {
        return pending != null;
    }

    private Values current() {
        return pending == null ? committed : pending;
    }

    /** A statement that changes a setting has succeeded. It lasts if its transaction commits. */
    void changed(Change change) {
        Values now = current();
        if (change instanceof Change.Assign assign) {
            if (assign.value().trim().equalsIgnoreCase("default")) {
                pending = reset(now, assign.name());
            } else if (assign.name().equals(SEARCH_PATH)) {
                pending = new Values(now.settings, assign.value(), now.applied, assign.value());
            } else {
                pending = new Values(
                        now.settings.with(assign.name(), assign.value()),
                        now.searchPath,
                        now.applied.with(assign.name(), assign.value()),
                        now.appliedSearchPath);
            }
        } else if (change instanceof Change.Reset reset) {
            pending = reset(now, reset.name());
        } else if (change instanceof Change.ResetAll || change instanceof Change.DiscardAll) {
            pending = new Values(startup, startupSearchPath, SettingsSnapshot.NONE, "");
        }
    }

    private Values reset(Values now, String name) {
        if (name.equals(SEARCH_PATH)) {
            return new Values(now.settings, startupSearchPath, now.applied, "");
        }
        String value = startup.get(name);
        return new Values(
                value == null ? now.settings.without(name) : now.settings.with(name, value),
                now.searchPath,
                now.applied.without(name),
                now.appliedSearchPath);
    }

    void commit() {
        if (pending != null) {
            committed = pending;
            pending = null;
        }
    }

    void rollback() {
        pending = null;
    }
}
