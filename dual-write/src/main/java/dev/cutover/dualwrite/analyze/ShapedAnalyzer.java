// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.analyze.statement.WriteStatement.Item;
import dev.cutover.dualwrite.analyze.statement.WriteStatement.Returning;
import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes texts apart that differ from an earlier one only in their values (literals that a client has put into its text) without
 * parsing them again: what was found out about the first is moved to where it stands in the next. See {@link TextShape}. For any
 * thread.
 */
public final class ShapedAnalyzer {
    /** How many characters of text the shapes hold. */
    private static final long MOST_CHARACTERS = 2L * 1024 * 1024;

    private final StatementAnalyzer analyzer;
    private final Cache<String, Known> shapes = Caffeine.newBuilder()
            .maximumWeight(MOST_CHARACTERS)
            .<String, Known>weigher((key, known) -> 2 * key.length() + 256)
            .build();

    public ShapedAnalyzer(StatementAnalyzer analyzer) {
        this.analyzer = analyzer;
    }

    /**
     * What is known of a text.
     *
     * @param repeatable whether it has no values that the next one could differ in
     */
    public record Analysis(AnalyzedText text, boolean repeatable, Known known) {
        /** The text's fingerprint; computed once for all texts of a shape. */
        public String fingerprint(String sql) {
            String found = known.fingerprint;
            if (found == null) {
                found = StatementFingerprint.of(sql);
                known.fingerprint = found;
            }
            return found;
        }
    }

    /** What was found out about the first text of a shape. */
    static final class Known {
        private final @Nullable TextShape shape;
        private final AnalyzedText text;
        private volatile @Nullable String fingerprint;

        Known(@Nullable TextShape shape, AnalyzedText text) {
            this.shape = shape;
            this.text = text;
        }
    }

    public Analysis analyze(String sql) {
        Tokens tokens = Lexer.lex(sql);
        TextShape shape = TextShape.of(tokens);
        if (shape == null) {
            AnalyzedText text = analyzer.analyze(tokens);
            return new Analysis(text, true, new Known(null, text));
        }
        Known known = shapes.getIfPresent(shape.key());
        if (known != null && known.shape != null) {
            return new Analysis(moved(known.text, known.shape, shape), false, known);
        }
        AnalyzedText text = analyzer.analyze(tokens);
        Known first = new Known(shape, text);
        if (movable(text)) {
            shapes.put(shape.key(), first);
        }
        return new Analysis(text, false, first);
    }

    /** Whether nothing but places in the text hangs on its values. */
    private static boolean movable(AnalyzedText text) {
        if (text.statements().size() != 1) {
            return false;
        }
        Intent intent = text.statements().get(0).intent();
        return intent instanceof Intent.Read || intent instanceof Intent.Write || intent instanceof Intent.Opaque;
    }

    private static AnalyzedText moved(AnalyzedText text, TextShape from, TextShape to) {
        Statement statement = text.statements().get(0);
        Intent intent = statement.intent() instanceof Intent.Write write
                ? new Intent.Write(moved(write.statement(), from, to))
                : statement.intent();
        return new AnalyzedText(List.of(new Statement(
                from.placeIn(to, statement.start()), from.placeIn(to, statement.end()), intent, statement.effects())));
    }

    private static WriteStatement moved(WriteStatement write, TextShape from, TextShape to) {
        Returning returning = write.returning();
        return new WriteStatement(
                write.kind(),
                write.schema(),
                write.table(),
                write.qualifier(),
                write.assigned(),
                write.joins(),
                from.placeIn(to, write.start()),
                from.placeIn(to, write.end()),
                returning == null ? null : moved(returning, from, to));
    }

    private static Returning moved(Returning returning, TextShape from, TextShape to) {
        List<Item> items = new ArrayList<>(returning.items().size());
        for (Item item : returning.items()) {
            items.add(new Item(from.placeIn(to, item.start()), from.placeIn(to, item.end()), item.name()));
        }
        return new Returning(from.placeIn(to, returning.keywordStart()), items);
    }
}
