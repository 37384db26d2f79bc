// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.keyword.Phrase.Finding;
import dev.cutover.dualwrite.analyze.statement.Intent.Deallocate;
import dev.cutover.dualwrite.analyze.statement.Intent.Opaque;
import dev.cutover.dualwrite.analyze.statement.Intent.Prepare;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.token.Token;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/** PREPARE, EXECUTE and DEALLOCATE. */
public final class PreparedVerbs {
    /** A longer text is not kept, to be prepared elsewhere. */
    private static final int LONGEST = 16 * 1024;

    private PreparedVerbs() {}

    /** @param inner what is found in the statement that is prepared */
    static Finding prepare(Phrase phrase, Function<Phrase, Finding> inner) {
        int name = phrase.from() + 1;
        if (phrase.word(name, "transaction") && phrase.tokens().is(name + 1, Token.STRING)) {
            return TransactionVerbs.prepare();
        }
        int query = phrase.find(name, "as") + 1;
        if (!phrase.name(name) || query >= phrase.to()) {
            return Finding.opaque("PREPARE");
        }
        Phrase prepared = new Phrase(phrase.tokens(), query, phrase.to());
        Set<SessionEffect> left = EnumSet.noneOf(SessionEffect.class);
        left.addAll(QueryScan.effects(prepared));
        // EXECUTE runs it, not PREPARE.
        left.remove(SessionEffect.USER_CODE);
        String inside = inner.apply(prepared).intent().inside();
        String text = phrase.text();
        if (left.isEmpty() && text.length() <= LONGEST && isAscii(text)) {
            return Finding.of(new Prepare(phrase.tokens().name(name), text, inside));
        }
        // What it leaves behind, each EXECUTE leaves behind: so the pins are those of the statement while it is there.
        EnumSet<SessionEffect> effects = EnumSet.of(SessionEffect.SQL_PREPARE);
        effects.addAll(left);
        return new Finding(new Opaque(inside.isEmpty() ? "PREPARE" : "PREPARE: " + inside), Set.copyOf(effects));
    }

    static Finding execute(Phrase phrase) {
        EnumSet<SessionEffect> effects = EnumSet.of(SessionEffect.MAY_END, SessionEffect.USER_CODE);
        effects.addAll(QueryScan.effects(phrase));
        int name = phrase.from() + 1;
        String what = phrase.name(name) ? "EXECUTE of " + phrase.tokens().name(name) : "EXECUTE";
        return new Finding(new Opaque(what), Set.copyOf(effects));
    }

    static Finding deallocate(Phrase phrase) {
        int name = phrase.to() - 1;
        if (phrase.word(name, "all")) {
            return Finding.of(new Deallocate(null), SessionEffect.SQL_DEALLOCATE_ALL, SessionEffect.MAY_END);
        }
        return phrase.name(name) && name > phrase.from()
                ? Finding.of(new Deallocate(phrase.tokens().name(name)), SessionEffect.MAY_END)
                : Finding.opaque("DEALLOCATE");
    }

    private static boolean isAscii(String text) {
        return text.chars().allMatch(c -> c < 128);
    }
}
