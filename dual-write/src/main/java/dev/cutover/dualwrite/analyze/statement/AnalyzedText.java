// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.statement;

import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import java.util.EnumSet;
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
    public record Statement(int start, int end, Intent intent, Set<SessionEffect> effects) {
        /** Whether it runs code that the proxy has not read. */
        public boolean runsUserCode() {
            return effects.contains(SessionEffect.USER_CODE) || intent instanceof Intent.Ddl;
        }

        /**
         * Whether it may fire triggers and evaluate defaults. The code in them may be anything, although the statement does not
         * name it.
         */
        public boolean writes() {
            return intent instanceof Intent.Write || intent instanceof Intent.Opaque;
        }

        /** What the session keeps of it, for people. */
        public Set<SessionEffect> kept() {
            if (!effects.contains(SessionEffect.USER_CODE)) {
                return effects;
            }
            Set<SessionEffect> kept = EnumSet.copyOf(effects);
            kept.remove(SessionEffect.USER_CODE);
            return kept;
        }
    }
}
