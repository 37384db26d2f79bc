package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.Intent.SessionEffect;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** Why a session must keep its backend connection: what its statements left there and cannot be replayed elsewhere. */
final class Pins {
    private final Set<SessionEffect> reasons = EnumSet.noneOf(SessionEffect.class);

    boolean pinned() {
        return !reasons.isEmpty();
    }

    boolean has(SessionEffect reason) {
        return reasons.contains(reason);
    }

    void pin(SessionEffect reason) {
        reasons.add(reason);
    }

    /**
     * A statement is about to be sent. What stays behind even if it fails pins now: advisory locks survive a rollback,
     * a loaded library too, and of the unknown nothing is known. A temporary table pins now because the next statement
     * of the pipeline may already mean it.
     */
    void sending(Set<SessionEffect> effects) {
        for (SessionEffect effect : effects) {
            switch (effect) {
                case ADVISORY_LOCK, LOAD, UNKNOWN, UNTRACKED_SETTING, TEMPORARY_OBJECT -> reasons.add(effect);
                default -> {}
            }
        }
    }

    void succeeded(Set<SessionEffect> effects) {
        for (SessionEffect effect : effects) {
            switch (effect) {
                case UNLISTEN -> reasons.remove(SessionEffect.LISTEN);
                case CLOSE_CURSORS -> reasons.remove(SessionEffect.HOLD_CURSOR);
                case ADVISORY_UNLOCK_ALL -> reasons.remove(SessionEffect.ADVISORY_LOCK);
                case SQL_DEALLOCATE_ALL -> reasons.remove(SessionEffect.SQL_PREPARE);
                default -> reasons.add(effect);
            }
        }
    }

    /** Whether a table's name may mean something else here than the route says: a temporary table shadows a mapped one. */
    boolean mayShadow() {
        return has(SessionEffect.UNTRACKED_SETTING)
                || has(SessionEffect.TEMPORARY_OBJECT)
                || has(SessionEffect.UNKNOWN);
    }

    /** DISCARD ALL. A loaded library stays, but it stays in a fresh session too: it is not session state. */
    void clear() {
        reasons.clear();
    }

    List<String> names() {
        return reasons.stream().map(Enum::name).toList();
    }
}
