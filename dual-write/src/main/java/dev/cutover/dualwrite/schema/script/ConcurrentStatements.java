// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.script;

import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Tokens;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.dualwrite.model.SqlText;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The statements of a script that say CONCURRENTLY. They cannot run within a transaction, and wait for other transactions without
 * blocking anyone. One that gives up leaves an invalid index behind.
 */
public final class ConcurrentStatements {
    /** A build waits for each transaction that is older than itself. Clients do not queue up behind it. */
    public static final String LOCK_TIMEOUT = "5min";

    private static final String INVALID = """
            SELECT c.oid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE c.relnamespace = to_regnamespace(?) AND c.relname = ? AND NOT i.indisvalid
            AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)""";

    private final Tokens tokens;

    private ConcurrentStatements(Tokens tokens) {
        this.tokens = tokens;
    }

    /** Whether a script has one. The word in a comment, a string or a quoted name does not count. */
    public static boolean in(String script) {
        Tokens tokens = Lexer.lex(script);
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.isWord(i, "concurrently")) {
                return true;
            }
        }
        return false;
    }

    /** Drops the invalid indexes of a schema that a script is about to build, and that nobody builds now. */
    public static void dropInvalid(Connection connection, String schema, String script) throws SQLException {
        for (String index : new ConcurrentStatements(Lexer.lex(script)).indexes()) {
            List<String> invalid =
                    Rows.query(connection, INVALID, row -> row.getString(1), SqlText.identifier(schema), index);
            Rows.execute(
                    connection,
                    invalid.stream()
                            .map(name -> "DROP INDEX CONCURRENTLY " + name)
                            .toList());
        }
    }

    /** The names of the indexes that the script builds, without their schema. */
    private List<String> indexes() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.isWord(i, "concurrently") && tokens.isWord(i - 1, "index") && creates(i - 2)) {
                int name = tokens.isWord(i + 1, "if") ? i + 4 : i + 1;
                if (tokens.isName(name) && !tokens.isWord(name, "on")) {
                    names.add(tokens.name(name));
                }
            }
        }
        return names;
    }

    private boolean creates(int i) {
        return tokens.isWord(i, "create") || tokens.isWord(i, "unique") && tokens.isWord(i - 1, "create");
    }
}
