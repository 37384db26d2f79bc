package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.Intent.SessionEffect;
import java.util.List;
import java.util.Set;

/**
 * A client's query text, taken apart.
 *
 * @param statements in order; empty for an empty query; more than one only in the simple protocol
 */
public record AnalyzedText(List<Statement> statements) {
    /**
     * One statement of the text.
     *
     * @param start where its first token begins
     * @param end behind its last token; a semicolon or comment that follows is not part of it
     * @param effects what the statement leaves behind in its session if it succeeds
     */
    public record Statement(int start, int end, Intent intent, Set<SessionEffect> effects) {}
}
