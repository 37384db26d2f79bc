// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.keyword;

import dev.cutover.dualwrite.analyze.keyword.Phrase.Finding;
import dev.cutover.dualwrite.analyze.statement.Intent.Read;
import dev.cutover.dualwrite.analyze.statement.Intent.Show;
import java.util.Locale;
import java.util.Set;

/** SHOW. The parameters that the proxy tells its clients are told apart from the server's. */
final class ShowVerb {
    private static final String FEATURE = "cutover.feature.";
    private static final Set<String> OF_THE_ROUTE = Set.of("cutover.side", "cutover.epoch", "cutover.schema_version");

    private ShowVerb() {}

    static Finding find(Phrase phrase) {
        int first = phrase.from() + 1;
        if (!phrase.name(first) || phrase.afterName(first) != phrase.to()) {
            return Finding.of(new Read());
        }
        StringBuilder parameter = new StringBuilder();
        for (int i = first; i < phrase.to(); i += 2) {
            parameter.append(i == first ? "" : ".").append(phrase.tokens().name(i));
        }
        // The server looks a parameter up without regard to case, also one in quotes.
        String name = parameter.toString().toLowerCase(Locale.ROOT);
        return Finding.of(name.startsWith(FEATURE) || OF_THE_ROUTE.contains(name) ? new Show(name) : new Read());
    }
}
