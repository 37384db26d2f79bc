// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.calcite.generated.ParseException;
import dev.cutover.dualwrite.analyze.calcite.generated.PostgresWriteParser;
import dev.cutover.dualwrite.analyze.calcite.generated.TokenMgrError;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Opaque;
import dev.cutover.dualwrite.analyze.statement.WriteParser;
import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.calcite.avatica.util.Casing;
import org.apache.calcite.sql.parser.SqlAbstractParserImpl.LexicalState;
import org.apache.calcite.sql.validate.SqlConformanceEnum;
import org.jspecify.annotations.Nullable;

/**
 * Takes writes apart with the parser generated from Calcite's template. The parser reads a {@link Transcript} and answers
 * with positions; names and expressions are read from the client's own tokens at those positions.
 */
public final class CalciteWriteParser implements WriteParser {
    /** PostgreSQL cuts identifiers off behind this many bytes. */
    private static final int LONGEST_IDENTIFIER = 63;

    /**
     * Loading what the parser needs takes some tenths of a second. Whoever makes the first parser waits for that, so that the
     * first write does not, and with it all clients of its event loop.
     */
    static {
        StatementAnalyzer first = new StatementAnalyzer(new CalciteWriteParser());
        first.analyze("INSERT INTO t (a, b) VALUES ($1, now()) ON CONFLICT (a) DO UPDATE SET b = 'x' RETURNING *");
        first.analyze("UPDATE t SET a = a + 1 FROM u WHERE t.b = u.b AND u.c IN (SELECT 1) RETURNING t.a AS c");
        first.analyze("DELETE FROM t WHERE a BETWEEN -1 AND $1::int");
    }

    @Override
    public Intent parse(Tokens tokens, int from, int to) {
        String doubt = doubt(tokens, from, to);
        if (doubt == null) {
            doubt = Effort.excess(tokens, from, to);
        }
        if (doubt != null) {
            return new Opaque(doubt);
        }
        WriteOutline outline;
        try {
            outline = outline(Transcript.of(tokens, from, to));
        } catch (ParseException e) {
            int at = e.currentToken == null || e.currentToken.next == null ? 1 : e.currentToken.next.beginColumn;
            return new Opaque("a form of write that is not understood, near " + near(tokens, from, to, at));
        } catch (TokenMgrError | StackOverflowError | RuntimeException e) {
            // Whatever the parser trips over, the client's statement goes its way; the net sees what it changes.
            return new Opaque("a form of write that is not understood");
        }
        return new Reader(tokens, from, to).read(outline);
    }

    /** By name and not by place, so that it is the same for texts that differ only in their values. */
    private static String near(Tokens tokens, int from, int to, int column) {
        int index = tokens.start(from) + column - 1;
        for (int i = from; i < to; i++) {
            if (tokens.end(i) > index) {
                return tokens.is(i, Token.STRING) || tokens.is(i, Token.NUMBER)
                        ? "a constant"
                        : '"' + tokens.raw(i) + '"';
            }
        }
        return "its end";
    }

    private static WriteOutline outline(String transcript) throws ParseException {
        PostgresWriteParser parser = new PostgresWriteParser(new StringReader(transcript));
        parser.switchTo(LexicalState.DQID);
        parser.setTabSize(1);
        parser.setQuotedCasing(Casing.UNCHANGED);
        parser.setUnquotedCasing(Casing.UNCHANGED);
        parser.setIdentifierMaxLength(Integer.MAX_VALUE);
        parser.setConformance(SqlConformanceEnum.LENIENT);
        return parser.PostgresWrite();
    }

    private static @Nullable String doubt(Tokens tokens, int from, int to) {
        for (int i = from; i < to; i++) {
            if (tokens.isName(i)) {
                char first = tokens.text().charAt(tokens.start(i));
                if (tokens.is(i, Token.QUOTED) && first != '"') {
                    return "a name with Unicode escapes";
                } else if (tokens.end(i) - tokens.start(i) > LONGEST_IDENTIFIER / 4
                        && tokens.name(i).getBytes(StandardCharsets.UTF_8).length > LONGEST_IDENTIFIER) {
                    return "a name longer than " + LONGEST_IDENTIFIER + " bytes";
                } else if (tokens.isWord(i, "current") && tokens.isWord(i + 1, "of")) {
                    return "WHERE CURRENT OF";
                }
            } else if (tokens.is(i, Token.BROKEN)) {
                return "a character that begins no token";
            }
        }
        return null;
    }

    /** Reads the parts that an outline points at from the client's tokens. */
    private record Reader(Tokens tokens, int from, int to) {
        Intent read(WriteOutline outline) {
            int target = tokenAt(outline.target());
            String schema = null;
            if (tokens.isChar(target + 1, '.')) {
                if (tokens.isChar(target + 3, '.')) {
                    return new Opaque("a table named with its database");
                }
                schema = tokens.name(target);
                target += 2;
            }
            String qualifier = tokens.name(outline.alias() < 0 ? target : tokenAt(outline.alias()));
            Set<String> assigned = new LinkedHashSet<>();
            for (int column : outline.assigned()) {
                assigned.add(tokens.name(tokenAt(column)));
            }
            WriteStatement.Returning returning = null;
            if (outline.returning() >= 0) {
                List<WriteStatement.Item> items = new ArrayList<>();
                for (WriteOutline.Item item : outline.items()) {
                    String doubt = read(item, outline.hasJoins(), qualifier, items);
                    if (doubt != null) {
                        return new Opaque(doubt);
                    }
                }
                returning = new WriteStatement.Returning(start(outline.returning()), List.copyOf(items));
            }
            return new Intent.Write(new WriteStatement(
                    outline.kind(),
                    schema,
                    tokens.name(target),
                    Names.quote(qualifier),
                    Set.copyOf(assigned),
                    outline.hasJoins(),
                    tokens.start(from),
                    tokens.end(to - 1),
                    returning));
        }

        /** Adds the item, or returns why it cannot be spliced. */
        private @Nullable String read(
                WriteOutline.Item item, boolean joins, String qualifier, List<WriteStatement.Item> items) {
            int first = tokenAt(item.before()) + 1;
            int end = item.end() == WriteOutline.END ? to : tokenAt(item.end());
            if (first >= end) {
                return "RETURNING nothing";
            }
            String name = null;
            if (item.alias() >= 0) {
                int alias = tokenAt(item.alias());
                if (alias != end + (tokens.isWord(end, "as") ? 1 : 0)
                        || alias + 1 < to && !tokens.isChar(alias + 1, ',')
                        || !ResultNames.isAlias(tokens, alias)) {
                    return "RETURNING an alias that is in doubt";
                }
                name = tokens.name(alias);
            }
            if (tokens.isChar(end - 1, '*')) {
                boolean bare = end - first == 1;
                boolean ofTarget = end - first == 3
                        && tokens.isName(first)
                        && tokens.name(first).equals(qualifier);
                if (name != null || !ofTarget && (joins || !bare)) {
                    return "RETURNING all columns of another relation";
                }
            } else if (name == null) {
                name = ResultNames.of(tokens, first, end);
                if (name == null) {
                    return "RETURNING an expression whose result has no plain name";
                }
            }
            items.add(new WriteStatement.Item(tokens.start(first), tokens.end(end - 1), name));
            return null;
        }

        private int start(int position) {
            return tokens.start(from) + position;
        }

        /** The token that a position in the transcript lies in. */
        private int tokenAt(int position) {
            int wanted = start(position);
            int low = from;
            int high = to - 1;
            while (low < high) {
                int middle = (low + high + 1) >>> 1;
                if (tokens.start(middle) <= wanted) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            return low;
        }
    }
}
