// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.function.IntFunction;

/** A statement as JDBC writes it: a question mark for each parameter, and two for an operator's question mark. */
public final class JdbcText {
    private JdbcText() {}

    /**
     * @param sql with parameters as {@code $1}
     * @param parameter what stands for the parameter of a number
     */
    public static String of(String sql, IntFunction<String> parameter) {
        Tokens tokens = Lexer.lex(sql);
        StringBuilder jdbc = new StringBuilder();
        int copied = 0;
        for (int i = 0; i < tokens.size(); i++) {
            boolean isParameter = tokens.is(i, Token.PARAMETER);
            if (isParameter || tokens.is(i, Token.OPERATOR)) {
                jdbc.append(sql, copied, tokens.start(i));
                jdbc.append(
                        isParameter
                                ? parameter.apply(tokens.parameter(i))
                                : tokens.raw(i).replace("?", "??"));
                copied = tokens.end(i);
            }
        }
        return jdbc.append(sql, copied, sql.length()).toString();
    }
}
