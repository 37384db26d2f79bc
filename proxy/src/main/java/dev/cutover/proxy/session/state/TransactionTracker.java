// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Isolation;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.proxy.backend.SettingsSnapshot;
import dev.cutover.proxy.backend.UserCode;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Follows a session's transactions through what it sends and what succeeds: the isolation level, settings that last if
 * it commits, and what stays behind in the backend.
 */
public final class TransactionTracker {
    /** RESET ALL, DISCARD ALL. */
    private static final String EVERYTHING = "*";

    /** The settings that say how the server splits a text into tokens. */
    private static final Set<String> LEXING = Set.of("standard_conforming_strings", "client_encoding");

    private final SessionSettings settings;
    private final Pins pins;
    private final AbortedTransaction aborted = new AbortedTransaction();

    /** The isolation level of what is sent now; null if it is not known. */
    private @Nullable Isolation isolation;

    private boolean inBlock;
    private boolean failed;
    /** A setting has been changed until the end of the transaction. */
    private boolean localSettings;

    /** The transaction has said when constraints are checked: those of the serving side, if it named any. */
    private boolean constraintsSet;

    /** A change of search_path has been sent in this transaction: what names mean now is the server's to know. */
    private boolean searchPathChanges;

    /** A statement of this transaction has named another path or role. */
    private boolean pathNamed;

    /** What the statements sent since {@link #begin} can run. */
    private UserCode.Reach reach = UserCode.Reach.NOTHING;

    private boolean ranUserCode;

    /** Something has been sent that may change how the server splits texts, and its outcome is not known. */
    private boolean lexingMayChange;

    /** Such a change was sent in this transaction, whose end may take it back. */
    private boolean lexingChanged;

    private String backendDefault = "";
    private String searchPath = "";

    /** DDL has succeeded, and others see it when the transaction ends. */
    private boolean schemaChanges;

    public TransactionTracker(SessionSettings settings, Pins pins) {
        this.settings = settings;
        this.pins = pins;
    }

    /** A transaction that was taken back while the client was idle in it. */
    public AbortedTransaction aborted() {
        return aborted;
    }

    /** The session has a backend and begins a transaction there. @param path its {@code search_path}, as SQL text */
    public void begin(String backendDefaultIsolation, String path) {
        searchPath = path;
        backendDefault = backendDefaultIsolation;
        isolation = defaultIsolation();
        inBlock = false;
        failed = false;
        searchPathChanges = false;
        pathNamed = false;
        localSettings = false;
        constraintsSet = false;
        ranUserCode = false;
        reach = UserCode.Reach.NOTHING;
    }

    /**
     * Whether code may have run since {@link #begin} that the proxy has not read.
     *
     * @param there the statements that run code of the database without naming it
     */
    public boolean ranUserCode(UserCode.Reach there) {
        return ranUserCode
                || switch (there) {
                    case NOTHING -> false;
                    case WRITES -> reach == UserCode.Reach.WRITES;
                    case READS -> reach != UserCode.Reach.NOTHING;
                };
    }

    /** Statements are about to be planned or run. The planner evaluates functions that are declared immutable. */
    public void running(List<Statement> statements) {
        for (int i = 0; i < statements.size(); i++) {
            Statement statement = statements.get(i);
            if (statement.runsUserCode()) {
                ranUserCode = true;
                if (statement.effects().contains(SessionEffect.USER_CODE)) {
                    runningUserCode();
                }
            } else if (statement.writes()) {
                reach = UserCode.Reach.WRITES;
            } else if (reach == UserCode.Reach.NOTHING && statement.intent() instanceof Intent.Read) {
                reach = UserCode.Reach.READS;
            }
        }
    }

    /** Code is about to run that the proxy has not read. */
    public void runningUserCode() {
        ranUserCode = true;
        searchPathChanges = true;
        lexingChanges();
    }

    /** Whether what was sent before may change how the server splits the next text. */
    boolean lexingMayChange() {
        return lexingMayChange;
    }

    private void lexingChanges() {
        lexingMayChange = true;
        lexingChanged = true;
    }

    /** Whether a text means the same to another backend as it means here and now. */
    public boolean replayable() {
        return !localSettings && !pins.mayShadow();
    }

    /**
     * Whether a write that is sent now may be mirrored: only under READ COMMITTED does the second part of the statement
     * wait for, and then see, what the first part waited for; and only where names mean what the route says. Constraints that
     * the client defers are checked at once on the idle side, which may know none of their names.
     */
    public boolean mirrorable() {
        return isolation == Isolation.READ_COMMITTED
                && !searchPathChanges
                && !constraintsSet
                && !settings.current().hasRole()
                && !pins.mayShadow();
    }

    /** Whether a read that is sent now is a transaction of its own, and means the same in a session of another client. */
    public boolean readsAsAnySession() {
        return !inBlock
                && !localSettings
                && !searchPathChanges
                && !settings.current().hasRole()
                && !pins.mayShadow();
    }

    /**
     * Whether the backend's search_path may have changed, so that only a look at all replies tells whether the next
     * transaction finds the one that it should.
     */
    public boolean searchPathChanges() {
        return searchPathChanges;
    }

    /** Whether a text that is prepared now may mean something else than the same text under the transaction's first path. */
    public boolean pathNamed() {
        return pathNamed;
    }

    /** The {@code search_path} of the running transaction's beginning, as SQL text. */
    public String searchPath() {
        return searchPath;
    }

    /** A statement is about to be sent. */
    public void sending(Statement statement) {
        if (!statement.effects().isEmpty()) {
            pins.sending(statement.effects());
            if (statement.effects().contains(SessionEffect.UNTRACKED_SETTING)) {
                lexingChanges();
            }
        }
        Intent intent = statement.intent();
        if (intent instanceof Intent.Transaction transaction) {
            sending(transaction);
            lexingMayChange |= lexingChanged;
        } else if (intent instanceof Intent.Setting setting) {
            String name = name(setting.change());
            localSettings |= setting.change() instanceof Change.Local;
            if (LEXING.contains(name) || name.equals(EVERYTHING)) {
                lexingChanges();
            }
            // A role has its own schema in "$user".
            boolean path = name.equals(SessionSettings.SEARCH_PATH)
                    || name.equals(EVERYTHING)
                    || SettingsSnapshot.ROLES.contains(name);
            searchPathChanges |= path;
            pathNamed |= path;
            if (name.equals("transaction_isolation")
                    || name.equals("default_transaction_isolation")
                    || name.equals(EVERYTHING)) {
                isolation = null;
            }
        }
    }

    private void sending(Intent.Transaction transaction) {
        switch (transaction.verb()) {
            case BEGIN -> {
                // A second BEGIN changes nothing, except that it may name another level.
                if (!inBlock || transaction.isolation() != null) {
                    isolation = transaction.isolation() != null ? transaction.isolation() : defaultIsolation();
                }
                inBlock = true;
            }
            case SET -> {
                if (transaction.isolation() != null) {
                    isolation = transaction.isolation();
                }
            }
            case COMMIT, ROLLBACK, TWO_PHASE -> {
                inBlock = false;
                // AND CHAIN begins a transaction of the same level; without it the next one has the default.
                if (isolation != defaultIsolation()) {
                    isolation = null;
                }
            }
            case SET_CONSTRAINTS -> constraintsSet = true;
            case SAVEPOINT, RELEASE, ROLLBACK_TO -> {}
        }
    }

    /**
     * A statement has succeeded.
     *
     * @param rolledBack whether its command tag says ROLLBACK
     */
    public void completed(Statement statement, boolean rolledBack) {
        if (!statement.effects().isEmpty()) {
            pins.succeeded(statement.effects());
        }
        Intent intent = statement.intent();
        if (intent instanceof Intent.Ddl && !statement.effects().contains(SessionEffect.TEMPORARY_OBJECT)) {
            schemaChanges = true;
        } else if (intent instanceof Intent.Transaction transaction) {
            switch (transaction.verb()) {
                case COMMIT, ROLLBACK, TWO_PHASE -> {
                    if (rolledBack) {
                        settings.rollback();
                        pins.doubt();
                    } else {
                        settings.commit();
                    }
                    failed = false;
                }
                case SAVEPOINT -> settings.savepoint(name(transaction));
                case RELEASE -> settings.release(name(transaction));
                case ROLLBACK_TO -> {
                    settings.rollbackTo(name(transaction));
                    pins.doubt();
                }
                default -> {}
            }
        } else if (intent instanceof Intent.Setting setting) {
            changed(setting.change());
        }
    }

    private static String name(Intent.Transaction transaction) {
        return transaction.savepoint() == null ? "" : transaction.savepoint();
    }

    private void changed(Change change) {
        String name = name(change);
        SettingsSnapshot before = settings.current();
        boolean kept = change instanceof Change.Local || change instanceof Change.DiscardAll;
        if (!kept && name.equals("session_authorization") && before.get("role") != null) {
            // Which role that leaves, and which one a rollback brings back, differs between versions.
            pins.pin(SessionEffect.UNTRACKED_SETTING);
        } else if (change instanceof Change.Assign && before.hasRole() && !UnprivilegedSettings.maySet(name)) {
            // The user to whom the session is replayed may not be allowed to.
            pins.pin(SessionEffect.UNTRACKED_SETTING);
        }
        settings.changed(change);
    }

    /** Whether the transaction has changed the schema. */
    public boolean schemaChanges() {
        return schemaChanges;
    }

    public void failed() {
        failed = true;
        pins.doubt();
    }

    /** ReadyForQuery: whether the transaction continues. */
    public void ready(boolean idle, boolean nothingOutstanding) {
        if (nothingOutstanding) {
            lexingMayChange = false;
            lexingChanged &= !idle;
        }
        if (idle) {
            // Without a block, what stands between two of these is one transaction, and an error undoes all of it.
            if (failed) {
                settings.rollback();
            } else {
                settings.commit();
            }
            failed = false;
            schemaChanges = false;
            if (nothingOutstanding) {
                inBlock = false;
                searchPathChanges = false;
                pathNamed = false;
                localSettings = false;
                constraintsSet = false;
                isolation = defaultIsolation();
            }
        }
    }

    /** Whether anything in the text needs to be followed through its replies, or is sent as another text. */
    public static boolean notable(List<Statement> statements) {
        for (int i = 0; i < statements.size(); i++) {
            Statement statement = statements.get(i);
            if (!statement.effects().isEmpty()
                    || statement.intent() instanceof Intent.Transaction
                    || statement.intent() instanceof Intent.Prepare
                    || statement.intent() instanceof Intent.Show
                    || statement.intent() instanceof Intent.Ddl
                    || statement.intent() instanceof Intent.Setting) {
                return true;
            }
        }
        return false;
    }

    private @Nullable Isolation defaultIsolation() {
        String own = settings.current("default_transaction_isolation");
        String text = (own == null ? backendDefault : own).toLowerCase(Locale.ROOT);
        return switch (text.replace("'", "").replace("\"", "").trim()) {
            case "read committed", "read uncommitted" -> Isolation.READ_COMMITTED;
            case "repeatable read" -> Isolation.REPEATABLE_READ;
            case "serializable" -> Isolation.SERIALIZABLE;
            default -> null;
        };
    }

    private static String name(Change change) {
        if (change instanceof Change.Assign assign) {
            return assign.name();
        }
        if (change instanceof Change.Local local) {
            return local.name();
        }
        return change instanceof Change.Reset reset ? reset.name() : EVERYTHING;
    }
}
