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
    /** @param effects what the statement leaves behind in its session */
    public record Statement(int start, int end, Intent intent, Set<SessionEffect> effects) {}
}
