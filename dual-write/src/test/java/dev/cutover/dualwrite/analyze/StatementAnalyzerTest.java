// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.Ddl;
import dev.cutover.dualwrite.analyze.statement.Intent.Opaque;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting;
import dev.cutover.dualwrite.analyze.statement.Intent.Setting.Change;
import dev.cutover.dualwrite.analyze.statement.Intent.Show;
import dev.cutover.dualwrite.analyze.statement.Intent.Transaction;
import dev.cutover.dualwrite.analyze.statement.WriteParser;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StatementAnalyzerTest {
    private final StatementAnalyzer analyzer = new StatementAnalyzer(WriteParser.NONE);

    static Stream<Script.Case> script() {
        return Script.read(StatementAnalyzerTest.class, "statements.txt");
    }

    @ParameterizedTest
    @MethodSource("script")
    void namesKindAndEffects(Script.Case line) {
        AnalyzedText text = analyzer.analyze(line.text());
        List<String> found =
                text.statements().stream().map(StatementAnalyzerTest::show).toList();
        assertEquals(line.expected().equals(List.of("")) ? List.of() : line.expected(), found);
    }

    @Test
    void statementsKeepTheirPlaceInTheText() {
        String sql = " /* ; */ SELECT ';' ;; -- ;\n BEGIN\t;";
        List<String> parts = analyzer.analyze(sql).statements().stream()
                .map(s -> sql.substring(s.start(), s.end()))
                .toList();
        assertEquals(List.of("SELECT ';'", "BEGIN"), parts);
    }

    @Test
    void anInsertOfManyRowsIsOneStatement() {
        String sql = "INSERT INTO t VALUES " + "(1, 'a;b', $$;$$), ".repeat(20_000) + "(1, '', '')";
        assertEquals(1, analyzer.analyze(sql).statements().size());
    }

    private static String show(Statement statement) {
        String intent = show(statement.intent());
        return statement.effects().isEmpty() ? intent : intent + " " + new TreeSet<>(statement.effects());
    }

    private static String show(Intent intent) {
        if (intent instanceof Opaque opaque) {
            return "Opaque: " + opaque.reason();
        } else if (intent instanceof Transaction transaction) {
            return transaction.verb() + (transaction.isolation() == null ? "" : " " + transaction.isolation());
        } else if (intent instanceof Ddl ddl) {
            return ddl.command() + " " + ddl.tables();
        } else if (intent instanceof Setting setting) {
            return show(setting.change());
        } else if (intent instanceof Show shown) {
            return "Show: " + shown.parameter();
        }
        return intent.getClass().getSimpleName();
    }

    private static String show(Change change) {
        if (change instanceof Change.Assign assign) {
            return "Assign " + assign.name() + " := " + assign.value();
        } else if (change instanceof Change.Local local) {
            return "Local " + local.name();
        } else if (change instanceof Change.Reset reset) {
            return "Reset " + reset.name();
        }
        return change.getClass().getSimpleName();
    }

    @Test
    void veryManyStatementsAreNotTakenApart() {
        int many = StatementAnalyzer.MOST_STATEMENTS + 1;
        StatementAnalyzer analyzer = new StatementAnalyzer(WriteParser.NONE);
        assertEquals(1, analyzer.analyze("SELECT 1;".repeat(many)).statements().size());
        for (String leaving : List.of("SET a = 1;", "CREATE TABLE t (a int);", "LISTEN a;")) {
            List<AnalyzedText.Statement> opaque =
                    analyzer.analyze(leaving.repeat(many)).statements();
            assertEquals(1, opaque.size());
            assertEquals(
                    Set.of(SessionEffect.USER_CODE, SessionEffect.UNKNOWN),
                    opaque.get(0).effects());
        }
        assertEquals(
                many - 1,
                analyzer.analyze("SELECT 1;".repeat(many - 1)).statements().size());
    }
}
