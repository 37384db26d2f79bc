// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.keyword.LongTextScan;
import dev.cutover.dualwrite.analyze.keyword.Phrase;
import dev.cutover.dualwrite.analyze.keyword.Verbs;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.WriteParser;
import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The first step of analysis: one pass over the text's tokens that splits it into statements and names the kind of each.
 * Only a single write is passed to a {@link WriteParser}. Stateless, for any thread.
 */
public final class StatementAnalyzer {
    /** Behind this length a write is not taken apart: the time and memory it would take are not worth a mirror. */
    public static final int LONGEST_WRITE = 64 * 1024;

    /**
     * More statements than this are not taken apart: it would delay the other clients of the event loop. The text passes unread, and
     * its session keeps its connection if a statement can leave something.
     */
    static final int MOST_STATEMENTS = 1_000;

    private static final Set<SessionEffect> LEAVES_ANYTHING = Set.of(SessionEffect.USER_CODE, SessionEffect.UNKNOWN);

    private static final WriteParser AMONG_OTHERS =
            (tokens, from, to) -> new Intent.Opaque("a write that shares its text with other statements");
    private static final WriteParser TOO_LONG =
            (tokens, from, to) -> new Intent.Opaque("a write longer than " + LONGEST_WRITE + " characters");

    private final WriteParser writes;

    /** @param writes what takes writes apart; {@link WriteParser#NONE} where their structure is of no use */
    public StatementAnalyzer(WriteParser writes) {
        this.writes = writes;
    }

    public AnalyzedText analyze(String sql) {
        return analyze(Lexer.lex(sql));
    }

    AnalyzedText analyze(Tokens tokens) {
        List<Phrase> phrases = split(tokens);
        if (phrases.size() > MOST_STATEMENTS) {
            return new AnalyzedText(List.of(new Statement(
                    tokens.start(0),
                    tokens.end(tokens.size() - 1),
                    new Intent.Opaque("more than " + MOST_STATEMENTS + " statements"),
                    leavesNothing(tokens.text()) ? Set.of(SessionEffect.USER_CODE) : LEAVES_ANYTHING)));
        }
        WriteParser parser = writes;
        if (parser != WriteParser.NONE && phrases.size() > 1) {
            parser = AMONG_OTHERS;
        } else if (parser != WriteParser.NONE && tokens.text().length() > LONGEST_WRITE) {
            parser = TOO_LONG;
        }
        List<Statement> statements = new ArrayList<>(phrases.size());
        for (Phrase phrase : phrases) {
            Phrase.Finding finding = Verbs.find(phrase, parser);
            statements.add(new Statement(
                    tokens.start(phrase.from()), tokens.end(phrase.to() - 1), finding.intent(), finding.effects()));
        }
        return new AnalyzedText(List.copyOf(statements));
    }

    private static boolean leavesNothing(String text) {
        LongTextScan scan = new LongTextScan();
        for (int i = 0; i < text.length(); i++) {
            scan.next(text.charAt(i));
        }
        return !scan.leavesState();
    }

    /** Splits at semicolons outside parentheses and outside the bodies of SQL-standard functions. */
    private static List<Phrase> split(Tokens tokens) {
        List<Phrase> phrases = new ArrayList<>(1);
        int from = 0;
        int depth = 0;
        int block = 0;
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.isChar(i, '(')) {
                depth++;
            } else if (tokens.isChar(i, ')')) {
                depth--;
            } else if (tokens.isChar(i, ';') && depth <= 0 && block == 0) {
                if (i > from) {
                    phrases.add(new Phrase(tokens, from, i));
                }
                from = i + 1;
                depth = 0;
            } else if (tokens.isWord(i, "atomic") && tokens.isWord(i - 1, "begin") && tokens.isWord(from, "create")) {
                block++;
            } else if (block > 0) {
                block += tokens.isWord(i, "case") ? 1 : tokens.isWord(i, "end") ? -1 : 0;
            }
        }
        if (tokens.size() > from) {
            phrases.add(new Phrase(tokens, from, tokens.size()));
        }
        return phrases;
    }
}
