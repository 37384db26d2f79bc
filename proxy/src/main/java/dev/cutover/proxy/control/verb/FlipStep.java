// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.Side;
import java.time.Duration;
import java.util.List;

/** One step of a flip or rollback, as its plan names it before anything is done. */
sealed interface FlipStep {
    /** The step in one line. */
    String line();

    /** Sequences of the idle side that have fallen behind, by their qualified names. */
    record SetSequences(List<String> sequences) implements FlipStep {
        @Override
        public String line() {
            return "set " + sequences.size() + " sequence(s) ahead: " + String.join(", ", sequences);
        }
    }

    /** The one guardrail that a dry run leaves out: it runs code of the tables. */
    record RehearseRollback() implements FlipStep {
        @Override
        public String line() {
            return "rehearse a write to the new idle side with a row of each table, and undo it";
        }
    }

    /** Materialized views that read the idle side, by their qualified names. */
    record RefreshViews(List<String> views) implements FlipStep {
        @Override
        public String line() {
            return "refresh " + views.size() + " materialized view(s): " + String.join(", ", views);
        }
    }

    record CarryMarks(long pending) implements FlipStep {
        @Override
        public String line() {
            return "carry " + pending + " marked key(s)";
        }
    }

    /** From here on clients wait. */
    record EndTransactions(int running, Duration timeout) implements FlipStep {
        @Override
        public String line() {
            return "hold new transactions and wait at most " + timeout.toMillis() + " ms for " + running
                    + " running one(s)";
        }
    }

    record RaiseFence(Side side) implements FlipStep {
        @Override
        public String line() {
            return "refuse writes to " + side.label() + " that bypass the proxy, and carry the last marks";
        }
    }

    record MoveConstraints(Side from, Side to) implements FlipStep {
        @Override
        public String line() {
            return "park the foreign keys and triggers of " + from.label() + ", restore those of " + to.label();
        }
    }

    /** The instant of the flip. */
    record Serve(Side side, long epoch) implements FlipStep {
        @Override
        public String line() {
            return "serve from " + side.label() + " with epoch " + epoch + ", and mirror to "
                    + side.other().label();
        }
    }

    record ValidateForeignKeys(Side side) implements FlipStep {
        @Override
        public String line() {
            return "validate the foreign keys of " + side.label();
        }
    }
}
