// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.keyword.KnownFunctions;
import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * By which names a statement could run a user's function, by the catalog of a database. A name that PostgreSQL has too is
 * among them: which one a call means depends on types that only the server knows.
 *
 * @param functions as in the catalog, aggregates too. Only those count that share a name with a function known to be harmless:
 *     a call of any other is left to the net anyway
 * @param attributes functions of one row, which {@code t.name} calls where {@code t} has no such column
 * @param operators whose function is a user's
 * @param types that are cast by a user's function, from or to
 */
public record UserNames(Set<String> functions, Set<String> attributes, Set<String> operators, Set<String> types) {
    public static final UserNames NONE = new UserNames(Set.of(), Set.of(), Set.of(), Set.of());

    public UserNames {
        functions = functions.stream().filter(KnownFunctions::isHarmless).collect(Collectors.toUnmodifiableSet());
        attributes = Set.copyOf(attributes);
        operators = Set.copyOf(operators);
        types = Set.copyOf(types);
    }

    private boolean none() {
        return functions.isEmpty() && attributes.isEmpty() && operators.isEmpty() && types.isEmpty();
    }

    /** What in the text may run a user's function, for people; null if nothing does. */
    public @Nullable String usedBy(String sql) {
        if (none()) {
            return null;
        }
        Tokens tokens = Lexer.lex(sql);
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.isName(i)) {
                String name = tokens.name(i);
                if (functions.contains(name) && tokens.isChar(i + 1, '(')) {
                    return "function " + name;
                } else if (attributes.contains(name) && tokens.isChar(i - 1, '.')) {
                    return "function " + name + ", in column notation";
                } else if (types.contains(name)) {
                    return "a cast of type " + name;
                }
            } else if (tokens.is(i, Token.OPERATOR) && operators.contains(tokens.raw(i))) {
                return "operator " + tokens.raw(i);
            }
        }
        return null;
    }
}
