// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.Intent;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever a client sends, analysis gives an answer, and its positions lie within the text. */
class HostileTextTest {
    private static final String[] PIECES = {
        "'",
        "\"",
        "$$",
        "$a$",
        "$1",
        "--",
        "/*",
        "*/",
        "\n",
        "\t",
        " ",
        "(",
        ")",
        "[",
        "]",
        ";",
        ",",
        ".",
        ":",
        "::",
        "\\",
        "E'",
        "U&\"",
        "U&'",
        "B'",
        "0x",
        "1e",
        "1.",
        "..",
        "=",
        "<>",
        "@-",
        "\0",
        "\ud800",
        "\uffff",
        "é",
        "{",
        "}",
        "?",
        "INSERT INTO ",
        "UPDATE ",
        "DELETE FROM ",
        "SET ",
        "WITH ",
        "AS ",
        "RETURNING ",
        "VALUES ",
        "SELECT ",
        "FROM ",
        "WHERE ",
        "ON CONFLICT ",
        "DO ",
        "NOTHING ",
        "t",
        "a",
        "b",
        "*",
        "1",
        "CAST",
        "extract",
        "interval ",
        "FOR UPDATE ",
        "CREATE ",
        "TABLE ",
        "FUNCTION ",
        "BEGIN ATOMIC ",
        "END ",
        "CASE ",
        "SET LOCAL ",
        "TIME ZONE ",
        "ROLLBACK ",
        "TO ",
        "PREPARE ",
        "EXPLAIN ",
        "(ANALYZE) ",
        "DECLARE ",
        "DROP ",
        "INDEX ",
        "ON ",
        "SESSION ",
        "CHARACTERISTICS "
    };

    private final StatementAnalyzer analyzer = new StatementAnalyzer(new CalciteWriteParser());

    @Test
    void everyTextIsAnalyzed() {
        Random random = new Random(17);
        for (int i = 0; i < 60_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(20); n >= 0; n--) {
                text.append(PIECES[random.nextInt(PIECES.length)]);
            }
            String sql = text.toString();
            int behind = 0;
            for (AnalyzedText.Statement statement : analyzer.analyze(sql).statements()) {
                assertTrue(
                        behind <= statement.start()
                                && statement.start() < statement.end()
                                && statement.end() <= sql.length(),
                        sql);
                behind = statement.end();
            }
        }
    }

    @Test
    void deepNestingIsNotParsed() {
        String sql = "UPDATE t SET a = " + "(".repeat(20_000) + "1" + ")".repeat(20_000);
        Intent intent = analyzer.analyze(sql).statements().get(0).intent();
        assertEquals(new Intent.Opaque("more than 500 parentheses within one another"), intent);
    }
}
