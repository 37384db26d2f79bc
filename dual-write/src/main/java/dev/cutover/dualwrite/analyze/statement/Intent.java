// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.statement;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one SQL statement is about to do, as far as the proxy cares. */
public sealed interface Intent {

    /** Changes no row and calls no function that is not known to be harmless. */
    record Read() implements Intent {}

    /** A single-table INSERT, UPDATE or DELETE whose structure is known; see {@link WriteStatement}. */
    record Write(WriteStatement statement) implements Intent {}

    /**
     * Begins, ends or divides a transaction.
     *
     * @param savepoint the one that is named; null where none is
     */
    record Transaction(
            Verb verb,
            @Nullable Isolation isolation,
            @Nullable String savepoint) implements Intent {
        public Transaction(Verb verb, @Nullable Isolation isolation) {
            this(verb, isolation, null);
        }

        public enum Verb {
            BEGIN,
            COMMIT,
            ROLLBACK,
            SAVEPOINT,
            RELEASE,
            ROLLBACK_TO,
            /** SET TRANSACTION. */
            SET,
            /** SET CONSTRAINTS. */
            SET_CONSTRAINTS,
            /** PREPARE TRANSACTION, COMMIT PREPARED, ROLLBACK PREPARED. */
            TWO_PHASE
        }
    }

    enum Isolation {
        READ_COMMITTED,
        REPEATABLE_READ,
        SERIALIZABLE
    }

    /** Changes session settings in a way the proxy can replay on another backend connection. */
    record Setting(Change change) implements Intent {
        public sealed interface Change {
            /**
             * SET [SESSION] name = value, for the session.
             *
             * @param name lower case; "timezone" for SET TIME ZONE, "client_encoding" for SET NAMES, and so on
             * @param value the value's SQL text as the client wrote it, fit to stand after {@code SET name TO}
             */
            record Assign(String name, String value) implements Change {}

            /** SET LOCAL: ends with its transaction, so nothing is to be replayed. */
            record Local(String name) implements Change {}

            record Reset(String name) implements Change {}

            record ResetAll() implements Change {}

            /** DISCARD ALL. */
            record DiscardAll() implements Change {}
        }
    }

    /**
     * PREPARE of a statement that can be prepared as well on another backend connection.
     *
     * @param text the whole statement, in ASCII
     * @param inside what it does when it is executed, for people; empty if it only reads
     */
    record Prepare(String name, String text, String inside) implements Intent {}

    /**
     * SHOW of a parameter that the proxy knows and the server does not.
     *
     * @param parameter lower case, with dots, without quotes
     */
    record Show(String parameter) implements Intent {}

    /** DEALLOCATE. @param name null for all statements */
    record Deallocate(@Nullable String name) implements Intent {}

    /**
     * Changes the schema.
     *
     * @param tables the tables named, lower-cased unless quoted, without schema
     */
    record Ddl(String command, List<String> tables) implements Intent {}

    /** Not understood, or understood to be beyond the rewrite. It is passed on as it is; the net marks what it changes. */
    record Opaque(String reason) implements Intent {}

    /** What a statement leaves behind in its database session, so that the session must keep its backend connection. */
    enum SessionEffect {
        LISTEN,
        TEMPORARY_OBJECT,
        HOLD_CURSOR,
        ADVISORY_LOCK,
        SQL_PREPARE,
        /**
         * UNLISTEN, CLOSE, DROP, pg_advisory_unlock(), ...: leaves nothing, and may have taken away what another statement
         * left. Whether it has, the server knows.
         */
        MAY_END,
        SQL_DEALLOCATE_ALL,
        LOAD,
        /** A setting changed in a way that cannot be replayed: set_config() of anything but literals, ... */
        UNTRACKED_SETTING,
        /** set_config() of search_path. Comes with UNTRACKED_SETTING. */
        UNTRACKED_PATH,
        /** DO, and whatever else may leave anything. */
        UNKNOWN,
        /**
         * Runs code that the proxy has not read: a function that is not known, CALL, DO, EXECUTE. It does not pin its session.
         * The proxy resets the backend connection before another session gets it.
         */
        USER_CODE
    }

    /** What a statement that stands within another one does, for people; empty if it changes nothing. */
    default String inside() {
        if (this instanceof Write write) {
            return write.statement().kind() + " of " + write.statement().table();
        } else if (this instanceof Ddl ddl) {
            return ddl.command();
        }
        return this instanceof Opaque opaque ? opaque.reason() : "";
    }

    /** A convenience for what most statements leave behind. */
    Set<SessionEffect> NO_EFFECTS = Set.of();
}
