// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.statement;

import dev.cutover.proxy.backend.SqlStatements;
import dev.cutover.proxy.backend.SqlStatements.Definition;
import dev.cutover.proxy.wire.ErrorFields;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What a session has prepared with SQL's PREPARE. Its next backend is given the same, under the same names, before the
 * session's own messages: so EXECUTE finds it wherever it stands, and so does {@code pg_prepared_statements}. No
 * transaction takes back a PREPARE.
 */
public final class SqlPreparedStatements {
    /** A session that has prepared more keeps its backend instead. */
    private static final int MOST = 64;

    private SqlStatements wanted = SqlStatements.NONE;
    private SqlStatements applied = SqlStatements.NONE;
    /** Statements that cannot be prepared elsewhere, and pin their session. */
    private final Set<String> kept = new HashSet<>();
    /** Why a statement could not be prepared on this backend. */
    private final Map<String, ErrorFields> failures = new HashMap<>();

    public boolean has(String name) {
        return wanted.has(name) || kept.contains(name);
    }

    /** What the backend must have for a transaction that begins now; {@code meaning} is what a text means in it. */
    public SqlStatements begin(String routePath, UnaryOperator<String> meaning) {
        wanted = wanted.under(routePath, meaning);
        applied = wanted;
        failures.clear();
        return wanted;
    }

    /** What the backend has. */
    public SqlStatements applied() {
        return applied;
    }

    /** PREPARE has succeeded. @return whether another backend can be given the statement */
    public boolean prepared(String name, Definition definition) {
        if (wanted.size() >= MOST) {
            return false;
        }
        wanted = wanted.with(name, definition);
        applied = applied.with(name, definition);
        return true;
    }

    /** PREPARE has succeeded, of what no other backend can be given. */
    public void kept(String name) {
        kept.add(name);
    }

    public void deallocated(String name) {
        kept.remove(name);
        wanted = wanted.without(name);
        applied = applied.without(name);
    }

    /** Another backend has refused to prepare the statement. */
    public void failed(String name, ErrorFields error) {
        applied = applied.without(name);
        failures.put(name, error);
    }

    /** The reason why a statement is not there that the server has just said it does not know; null if it is the client's. */
    public @Nullable ErrorFields failure(ErrorFields unknown) {
        if (failures.isEmpty() || !unknown.sqlState().equals("26000")) {
            return null;
        }
        for (Map.Entry<String, ErrorFields> failure : failures.entrySet()) {
            if (unknown.message().contains('"' + failure.getKey() + '"')) {
                return failure.getValue();
            }
        }
        return null;
    }

    /** DEALLOCATE ALL, DISCARD ALL. */
    public void clear() {
        wanted = SqlStatements.NONE;
        applied = SqlStatements.NONE;
        kept.clear();
        failures.clear();
    }
}
