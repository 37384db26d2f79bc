// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze.calcite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.analyze.Script;
import dev.cutover.dualwrite.analyze.StatementAnalyzer;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CalciteWriteParserTest {
    private final StatementAnalyzer analyzer = new StatementAnalyzer(new CalciteWriteParser());

    static Stream<Script.Case> script() {
        return Script.read(CalciteWriteParserTest.class, "writes.txt");
    }

    @ParameterizedTest
    @MethodSource("script")
    void takesWritesApart(Script.Case line) {
        AnalyzedText text = analyzer.analyze(line.text());
        List<String> found = text.statements().stream()
                .map(statement -> show(line.text(), statement.intent()))
                .toList();
        assertEquals(line.expected(), found);
    }

    private static String show(String sql, Intent intent) {
        if (intent instanceof Intent.Opaque opaque) {
            return "Opaque: " + opaque.reason();
        } else if (!(intent instanceof Intent.Write)) {
            return intent.toString();
        }
        WriteStatement write = ((Intent.Write) intent).statement();
        StringBuilder shown = new StringBuilder().append(write.kind()).append(' ');
        shown.append(write.schema() == null ? "" : write.schema() + ".").append(write.table());
        shown.append(write.qualifier().equals('"' + write.table() + '"') ? "" : " as " + write.qualifier());
        shown.append(write.assigned().isEmpty() ? "" : " sets " + new TreeSet<>(write.assigned()));
        shown.append(write.joins() ? " joins" : "");
        WriteStatement.Returning returning = write.returning();
        if (returning != null) {
            assertEquals(
                    "returning",
                    sql.substring(returning.keywordStart(), returning.keywordStart() + 9)
                            .toLowerCase(java.util.Locale.ROOT));
            shown.append(returning.items().stream()
                    .map(item -> item.star()
                            ? "*"
                            : "<" + sql.substring(item.start(), item.end()).replace('\n', ' ') + "> " + item.name())
                    .collect(Collectors.joining(", ", " returns ", "")));
        }
        return shown.toString();
    }
}
