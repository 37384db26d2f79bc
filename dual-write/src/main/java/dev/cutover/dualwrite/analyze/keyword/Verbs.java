// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.keyword.Phrase.Finding;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Opaque;
import dev.cutover.dualwrite.analyze.statement.Intent.Read;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.WriteParser;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Names a statement's kind by its first word. */
public final class Verbs {
    private Verbs() {}

    public static Finding find(Phrase phrase, WriteParser parser) {
        Tokens tokens = phrase.tokens();
        if (tokens.is(phrase.to() - 1, Token.BROKEN)) {
            return Finding.of(new Opaque("a string, comment or name that does not end"));
        }
        int first = phrase.from();
        if (tokens.isChar(first, '(')) {
            return QueryScan.query(phrase, parser);
        }
        String verb = tokens.is(first, Token.WORD) ? tokens.lower(first) : "";
        return switch (verb) {
            case "select" -> {
                Finding setting = SettingVerbs.setConfig(phrase);
                yield setting == null ? QueryScan.query(phrase, parser) : setting;
            }
            case "insert", "update", "delete", "with", "values", "table" -> QueryScan.query(phrase, parser);
            case "begin", "start" -> TransactionVerbs.begin(phrase);
            case "commit", "end" -> TransactionVerbs.commit(phrase);
            case "rollback", "abort" -> TransactionVerbs.rollback(phrase);
            case "savepoint" -> TransactionVerbs.savepoint(phrase);
            case "release" -> TransactionVerbs.release(phrase);
            case "set" -> SettingVerbs.set(phrase);
            case "reset" -> SettingVerbs.reset(phrase);
            case "discard" -> SettingVerbs.discard(phrase);
            case "show" -> ShowVerb.find(phrase);
            case "fetch", "move" -> Finding.of(new Read());
            default -> utility(phrase, verb, parser);
        };
    }

    private static Finding utility(Phrase phrase, String verb, WriteParser parser) {
        return switch (verb) {
            case "create", "alter", "drop" -> DdlVerbs.find(phrase);
            case "import" -> Finding.of(new Intent.Ddl("IMPORT FOREIGN SCHEMA", List.of()));
            case "explain" -> explain(phrase, parser);
            case "declare" -> declare(phrase, parser);
            case "copy" -> copy(phrase, parser);
            case "close" -> Finding.of(new Read(), SessionEffect.MAY_END);
            case "listen" -> Finding.of(new Opaque("LISTEN"), SessionEffect.LISTEN);
            case "unlisten" -> Finding.of(new Opaque("UNLISTEN"), SessionEffect.MAY_END);
            case "prepare" -> PreparedVerbs.prepare(phrase, prepared -> find(prepared, parser));
            case "execute" -> PreparedVerbs.execute(phrase);
            case "deallocate" -> PreparedVerbs.deallocate(phrase);
            case "load" -> Finding.of(new Opaque("LOAD"), SessionEffect.LOAD);
            case "do" -> Finding.of(new Opaque("DO"), SessionEffect.UNKNOWN, SessionEffect.USER_CODE);
            case "merge" -> new Finding(new Opaque(tag(phrase)), QueryScan.effects(phrase));
            case "call" ->
                new Finding(new Opaque(tag(phrase)), and(QueryScan.effects(phrase), SessionEffect.USER_CODE));
            case "truncate",
                    "notify",
                    "lock",
                    "grant",
                    "revoke",
                    "comment",
                    "security",
                    "vacuum",
                    "analyze",
                    "analyse",
                    "cluster",
                    "reindex",
                    "refresh",
                    "checkpoint",
                    "reassign" -> Finding.opaque(tag(phrase));
            // Every verb of PostgreSQL 15 to 18 is known: this is a slip of the pen, and would pin its session for
            // nothing.
            default -> Finding.opaque("a statement that begins with no known word");
        };
    }

    private static String tag(Phrase phrase) {
        return phrase.tokens().raw(phrase.from()).toUpperCase(Locale.ROOT);
    }

    /** EXPLAIN runs nothing unless it is told to ANALYZE. */
    private static Finding explain(Phrase phrase, WriteParser parser) {
        int i = phrase.from() + 1;
        boolean runs = false;
        if (phrase.symbol(i, '(')) {
            int close = phrase.tokens().closing(i, phrase.to());
            for (; i < close; i++) {
                runs |= phrase.anyWord(i, "analyze", "analyse");
            }
            i++;
        }
        while (phrase.anyWord(i, "analyze", "analyse", "verbose")) {
            runs |= !phrase.word(i, "verbose");
            i++;
        }
        if (!runs || i >= phrase.to()) {
            // The planner evaluates functions that are declared immutable.
            boolean userCode = QueryScan.effects(phrase).contains(SessionEffect.USER_CODE)
                    || phrase.contains(phrase.from(), "execute");
            return userCode ? Finding.of(new Read(), SessionEffect.USER_CODE) : Finding.of(new Read());
        }
        Finding inner = find(new Phrase(phrase.tokens(), i, phrase.to()), parser);
        return new Finding(within("EXPLAIN ANALYZE", inner.intent()), inner.effects());
    }

    private static Finding declare(Phrase phrase, WriteParser parser) {
        int query = phrase.find(phrase.from(), "for") + 1;
        int with = phrase.find(phrase.from(), "with");
        if (with < query && phrase.word(with + 1, "hold")) {
            Set<SessionEffect> left = QueryScan.effects(phrase);
            return new Finding(new Opaque("DECLARE ... WITH HOLD"), and(left, SessionEffect.HOLD_CURSOR));
        }
        if (query >= phrase.to()) {
            return Finding.opaque("DECLARE");
        }
        Finding inner = QueryScan.query(new Phrase(phrase.tokens(), query, phrase.to()), parser);
        return new Finding(within("DECLARE", inner.intent()), inner.effects());
    }

    /** COPY TO reads, whatever is copied; a query in parentheses may write with RETURNING. */
    private static Finding copy(Phrase phrase, WriteParser parser) {
        int first = phrase.from() + 1;
        Set<SessionEffect> effects = QueryScan.effects(phrase);
        if (phrase.symbol(first, '(')) {
            int close = phrase.tokens().closing(first, phrase.to());
            Finding inner = find(new Phrase(phrase.tokens(), first + 1, close), parser);
            return new Finding(within("COPY", inner.intent()), effects);
        }
        int to = phrase.find(first, "to");
        boolean reads = to < phrase.to() && phrase.find(first, "from") >= to && !phrase.word(to + 1, "program");
        return new Finding(reads ? new Read() : new Opaque("COPY FROM"), effects);
    }

    private static Set<SessionEffect> and(Set<SessionEffect> effects, SessionEffect another) {
        EnumSet<SessionEffect> all = EnumSet.of(another);
        all.addAll(effects);
        return Set.copyOf(all);
    }

    /** The intent of a statement that does what another one within it does. */
    private static Intent within(String command, Intent inner) {
        return inner instanceof Read ? inner : new Opaque(command + ": " + inner.inside());
    }
}
