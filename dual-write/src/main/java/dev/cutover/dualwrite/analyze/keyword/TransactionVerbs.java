// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.keyword.Phrase.Finding;
import dev.cutover.dualwrite.analyze.statement.Intent.Isolation;
import dev.cutover.dualwrite.analyze.statement.Intent.Transaction;
import dev.cutover.dualwrite.analyze.statement.Intent.Transaction.Verb;
import org.jspecify.annotations.Nullable;

/** BEGIN, COMMIT, SAVEPOINT and their kin. */
public final class TransactionVerbs {
    private TransactionVerbs() {}

    static Finding begin(Phrase phrase) {
        return finding(Verb.BEGIN, isolation(phrase, phrase.from() + 1));
    }

    static Finding commit(Phrase phrase) {
        return finding(phrase.word(phrase.from() + 1, "prepared") ? Verb.TWO_PHASE : Verb.COMMIT, null);
    }

    static Finding rollback(Phrase phrase) {
        int next = phrase.from() + 1;
        if (phrase.word(next, "prepared")) {
            return finding(Verb.TWO_PHASE, null);
        }
        next = phrase.anyWord(next, "work", "transaction") ? next + 1 : next;
        return phrase.word(next, "to") ? savepoint(phrase, Verb.ROLLBACK_TO) : finding(Verb.ROLLBACK, null);
    }

    static Finding savepoint(Phrase phrase) {
        return savepoint(phrase, Verb.SAVEPOINT);
    }

    static Finding release(Phrase phrase) {
        return savepoint(phrase, Verb.RELEASE);
    }

    /** The name stands last. */
    private static Finding savepoint(Phrase phrase, Verb verb) {
        int name = phrase.to() - 1;
        return Finding.of(
                new Transaction(verb, null, phrase.name(name) ? phrase.tokens().name(name) : null));
    }

    static Finding prepare() {
        return finding(Verb.TWO_PHASE, null);
    }

    /** SET TRANSACTION, whose modes begin at i. */
    static Finding set(Phrase phrase, int i) {
        return finding(Verb.SET, isolation(phrase, i));
    }

    private static Finding finding(Verb verb, @Nullable Isolation isolation) {
        return Finding.of(new Transaction(verb, isolation));
    }

    private static @Nullable Isolation isolation(Phrase phrase, int from) {
        int i = phrase.find(from, "isolation");
        return i < phrase.to() ? isolationLevel(phrase, i + 2) : null;
    }

    /** The isolation level whose words begin at i; READ UNCOMMITTED is READ COMMITTED in PostgreSQL. */
    static @Nullable Isolation isolationLevel(Phrase phrase, int i) {
        if (phrase.word(i, "serializable")) {
            return Isolation.SERIALIZABLE;
        } else if (phrase.word(i, "repeatable")) {
            return Isolation.REPEATABLE_READ;
        }
        return phrase.word(i, "read") ? Isolation.READ_COMMITTED : null;
    }
}
