// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.console;

import java.util.List;

/**
 * One command of the admin database.
 *
 * @param tag of CommandComplete
 * @param columns of the answer, known before it is there; empty if there are no rows
 */
public record Command(String tag, List<String> columns, Source source) {
    /** What a driver may send by habit, and what an empty text is: nothing to do. */
    static Command nothing(String tag) {
        return new Command(tag, List.of(), actor -> List.of());
    }

    /** Does it. May take long; never on an event loop. */
    interface Source {
        /** @param actor for the audit log */
        List<List<String>> rows(String actor) throws AdminFailure, InterruptedException;
    }
}
