// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.LinkedHashSet;
import java.util.Set;

/** Which tables a text adds rows to, wherever in it: by INSERT, or by COPY from the client. */
public final class InsertTargets {
    private InsertTargets() {}

    /** The tables' names without their schema, folded. */
    public static Set<String> of(String sql) {
        Tokens tokens = Lexer.lex(sql);
        Set<String> tables = new LinkedHashSet<>();
        for (int i = 0; i < tokens.size(); i++) {
            boolean insert = tokens.isWord(i, "insert") && tokens.isWord(i + 1, "into");
            boolean copy = i == 0 && tokens.isWord(i, "copy");
            int name = i + (insert ? 2 : 1);
            if ((insert || copy) && tokens.isName(name)) {
                while (tokens.isChar(name + 1, '.') && tokens.isName(name + 2)) {
                    name += 2;
                }
                if (insert || fromClient(tokens, name + 1)) {
                    tables.add(tokens.name(name));
                }
            }
        }
        return tables;
    }

    private static boolean fromClient(Tokens tokens, int behindName) {
        int next = tokens.isChar(behindName, '(') ? tokens.closing(behindName, tokens.size()) + 1 : behindName;
        return tokens.isWord(next, "from");
    }
}
