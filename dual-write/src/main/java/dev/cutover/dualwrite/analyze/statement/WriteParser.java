// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.statement;

import dev.cutover.dualwrite.analyze.token.Tokens;

/** Takes an INSERT, UPDATE or DELETE apart: the second, dearer step of analysis. */
@FunctionalInterface
public interface WriteParser {

    /** Where nothing is mirrored nobody needs a write's structure. */
    WriteParser NONE = (tokens, from, to) -> new Intent.Opaque("a write, not taken apart while nothing is mirrored");

    /**
     * Parses the statement whose tokens are those from {@code from} to before {@code to}, without a semicolon.
     *
     * @return a {@link Intent.Write}, or {@link Intent.Opaque} with the reason why it cannot be one
     */
    Intent parse(Tokens tokens, int from, int to);
}
