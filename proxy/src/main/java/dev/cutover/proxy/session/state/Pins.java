// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a session must keep its backend connection: what its statements left there and cannot be replayed elsewhere.
 *
 * <p>Whether a reason has gone is not concluded from what the client said: an unlock may have balanced one of two locks, a
 * cursor may have gone with a rollback. After a statement that may have ended a reason the server is asked, once the
 * session has nothing else to send. A reason that has been renewed since the question was sent stays.
 */
public final class Pins {
    /** What tells whether a reason still holds: a query that has a row if so. */
    private static final Map<SessionEffect, String> EVIDENCE = new EnumMap<>(Map.of(
            SessionEffect.LISTEN,
            "FROM pg_catalog.pg_listening_channels()",
            SessionEffect.TEMPORARY_OBJECT,
            "FROM pg_catalog.pg_depend WHERE refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass"
                    + " AND refobjid OPERATOR(pg_catalog.=) pg_catalog.pg_my_temp_schema()",
            SessionEffect.HOLD_CURSOR,
            "FROM pg_catalog.pg_cursors WHERE is_holdable",
            SessionEffect.ADVISORY_LOCK,
            "FROM pg_catalog.pg_locks WHERE locktype OPERATOR(pg_catalog.=) 'advisory'"
                    + " AND pid OPERATOR(pg_catalog.=) pg_catalog.pg_backend_pid()",
            SessionEffect.SQL_PREPARE,
            "FROM pg_catalog.pg_prepared_statements WHERE from_sql"));

    private final Set<SessionEffect> reasons = EnumSet.noneOf(SessionEffect.class);
    /** The reasons that the server is being asked about, and that no statement has renewed since. */
    private final Set<SessionEffect> asked = EnumSet.noneOf(SessionEffect.class);

    private boolean doubtful;
    /** A text has passed that nobody has read, and its transaction is not over. */
    private boolean unread;

    public boolean pinned() {
        return unread || !reasons.isEmpty();
    }

    boolean has(SessionEffect reason) {
        return reasons.contains(reason) || reason == SessionEffect.UNKNOWN && unread;
    }

    /** A text is passed on unread: the session keeps its backend until the transaction is over. */
    public void passedUnread() {
        unread = true;
    }

    public void pin(SessionEffect reason) {
        reasons.add(reason);
        asked.remove(reason);
    }

    /**
     * A statement is about to be sent. What stays behind even if it fails pins now: advisory locks survive a rollback,
     * a loaded library too, and of the unknown nothing is known. A temporary table pins now because the next statement
     * of the pipeline may already mean it.
     */
    public void sending(Set<SessionEffect> effects) {
        for (SessionEffect effect : effects) {
            switch (effect) {
                case ADVISORY_LOCK, LOAD, UNKNOWN, UNTRACKED_SETTING, UNTRACKED_PATH, TEMPORARY_OBJECT -> pin(effect);
                default -> {}
            }
        }
    }

    public void succeeded(Set<SessionEffect> effects) {
        for (SessionEffect effect : effects) {
            switch (effect) {
                case MAY_END -> doubt();
                case USER_CODE -> {}
                case SQL_DEALLOCATE_ALL -> reasons.remove(SessionEffect.SQL_PREPARE);
                default -> pin(effect);
            }
        }
    }

    /** Something has happened that may have ended a reason: a statement that says so, or the failure of one. */
    void doubt() {
        doubtful = pinned();
    }

    /**
     * The session has come to rest: the query that asks the server which of the reasons still hold. It answers with the names
     * of those that do.
     *
     * @param holdsUnread whether a statement is prepared that nobody has read
     * @return null if there is nothing to ask
     */
    public @Nullable String question(boolean holdsUnread) {
        unread &= holdsUnread;
        // What nobody has read may be anything, and no answer would end that.
        if (!doubtful || has(SessionEffect.UNKNOWN)) {
            return null;
        }
        doubtful = false;
        asked.clear();
        StringBuilder sql = new StringBuilder();
        for (SessionEffect reason : reasons) {
            String evidence = EVIDENCE.get(reason);
            if (evidence != null) {
                asked.add(reason);
                sql.append(sql.isEmpty() ? "" : " UNION ALL ")
                        .append("SELECT '")
                        .append(reason)
                        .append("' WHERE EXISTS (SELECT ")
                        .append(evidence)
                        .append(')');
            }
        }
        return sql.isEmpty() ? null : sql.toString();
    }

    /** A row of the answer: this reason still holds. */
    public void holds(String reason) {
        asked.remove(SessionEffect.valueOf(reason));
    }

    /** The answer has come, or the question has failed: then everything stays as it was. */
    public void answered(boolean success) {
        if (reasons.contains(SessionEffect.SQL_PREPARE) && !asked.contains(SessionEffect.SQL_PREPARE)) {
            // What a prepared statement leaves behind, its next EXECUTE may leave behind again.
            asked.clear();
        }
        if (success) {
            reasons.removeAll(asked);
        }
        asked.clear();
    }

    /** Whether a table's name may mean something else here than the route says: a temporary table shadows a mapped one. */
    public boolean mayShadow() {
        return has(SessionEffect.UNTRACKED_SETTING)
                || has(SessionEffect.TEMPORARY_OBJECT)
                || has(SessionEffect.UNKNOWN);
    }

    /** Whether the session may have set what the proxy has not read, and that must stay. */
    public boolean hidesSettings() {
        return has(SessionEffect.UNTRACKED_SETTING) || has(SessionEffect.UNKNOWN);
    }

    /** DISCARD ALL. A loaded library stays, but it stays in a fresh session too: it is not session state. */
    public void clear() {
        reasons.clear();
        asked.clear();
        doubtful = false;
        unread = false;
    }

    public List<String> names() {
        return Stream.concat(reasons.stream(), unread ? Stream.of(SessionEffect.UNKNOWN) : Stream.empty())
                .distinct()
                .map(Enum::name)
                .toList();
    }
}
