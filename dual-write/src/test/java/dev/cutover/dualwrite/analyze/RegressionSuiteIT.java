// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.analyze;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.dualwrite.analyze.calcite.CalciteWriteParser;
import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.analyze.token.Lexer;
import dev.cutover.dualwrite.analyze.token.Token;
import dev.cutover.dualwrite.analyze.token.Tokens;
import dev.cutover.dualwrite.testing.ChildProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The statements of PostgreSQL's own regression suite, as this project's analysis reads them and as PostgreSQL's own parser
 * does (libpg_query): the same kind and table for every write, no write missed, and nothing else taken for one. The suite
 * comes from Debian's source package, or from the directory that {@code CUTOVER_REGRESSION_SUITE} names.
 */
final class RegressionSuiteIT {
    private static final String PARSER = "libpg-query@17.7.4";
    private static final double SHARE = 0.99;
    private static final Path HOME = Path.of("target", "regression-suite").toAbsolutePath();
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Map<String, WriteStatement.Kind> KINDS = Map.of(
            "InsertStmt", WriteStatement.Kind.INSERT,
            "UpdateStmt", WriteStatement.Kind.UPDATE,
            "DeleteStmt", WriteStatement.Kind.DELETE);

    /** A statement that PostgreSQL parses, and what it is. */
    private record Judged(String text, JsonNode truth) {
        WriteStatement.Kind kind() {
            return KINDS.get(truth.get("kind").asText());
        }

        /** INSERT, UPDATE or DELETE at the top and no write within. */
        boolean plainWrite() {
            return kind() != null && !truth.get("innerWrite").asBoolean();
        }

        boolean writes() {
            return kind() != null
                    || truth.get("kind").asText().equals("MergeStmt")
                    || truth.get("innerWrite").asBoolean();
        }
    }

    private static List<Judged> judged;

    @BeforeAll
    static void judge() throws IOException, InterruptedException {
        List<String> statements = new ArrayList<>();
        try (Stream<Path> files = Files.list(suite())) {
            for (Path file : files.sorted().toList()) {
                statements.addAll(PsqlScript.statements(Files.readString(file, StandardCharsets.ISO_8859_1)));
            }
        }
        judged = oracle(statements);
        System.out.printf("regression suite: %d statements, %d of them parse%n", statements.size(), judged.size());
    }

    @Test
    void theParserTakesNearlyEveryWriteApartAndAsPostgresDoes() {
        List<String> differences = new ArrayList<>();
        Map<String, Integer> left = new TreeMap<>();
        int writes = 0;
        int parsed = 0;
        for (Judged each : judged) {
            if (!each.plainWrite()) {
                continue;
            }
            writes++;
            Tokens tokens = Lexer.lex(each.text());
            Intent intent = new CalciteWriteParser().parse(tokens, 0, tokens.size());
            if (intent instanceof Intent.Write write) {
                parsed++;
                compare(each, write.statement(), differences);
            } else {
                left.merge(((Intent.Opaque) intent).reason().replaceAll("\\d+", "N"), 1, Integer::sum);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "regression suite: %d of %d writes parsed, %.2f %%; left: %s%n",
                parsed,
                writes,
                100.0 * parsed / writes,
                left);
        assertEquals(List.of(), differences, String.join("\n", differences));
        assertTrue(writes > 5_000, () -> "the suite has only " + judged.size() + " statements");
        assertTrue(parsed >= SHARE * writes, parsed + " of " + writes);
    }

    @Test
    void noWriteIsTakenForSomethingElse() {
        StatementAnalyzer analyzer = new StatementAnalyzer(new CalciteWriteParser());
        List<String> differences = new ArrayList<>();
        for (Judged each : judged) {
            List<AnalyzedText.Statement> statements =
                    analyzer.analyze(each.text()).statements();
            if (statements.size() != 1) {
                differences.add(statements.size() + " statements: " + each.text());
                continue;
            }
            Intent intent = statements.get(0).intent();
            if (intent instanceof Intent.Write write) {
                if (each.plainWrite()) {
                    compare(each, write.statement(), differences);
                } else {
                    differences.add("a write that is none: " + each.text());
                }
            } else if (each.writes() && intent instanceof Intent.Read) {
                differences.add("a read that writes: " + each.text());
            }
        }
        assertEquals(List.of(), differences, String.join("\n", differences));
    }

    @Test
    void whatIsKnownOfOneTextIsTrueOfThoseThatDifferInTheirValues() {
        StatementAnalyzer analyzer = new StatementAnalyzer(new CalciteWriteParser());
        ShapedAnalyzer shaped = new ShapedAnalyzer(analyzer);
        List<String> differences = new ArrayList<>();
        int moved = 0;
        for (Judged each : judged) {
            shaped.analyze(each.text());
            String other = withOtherValues(each.text());
            ShapedAnalyzer.Analysis analysis = shaped.analyze(other);
            AnalyzedText truth = analyzer.analyze(other);
            moved += analysis.repeatable() || other.equals(each.text()) ? 0 : 1;
            if (!analysis.text().equals(truth)) {
                differences.add(other + "\n  anew: " + truth + "\n  moved: " + analysis.text());
            }
            String print = StatementFingerprint.of(other);
            if (!analysis.fingerprint(other).equals(print)) {
                differences.add(other + "\n  fingerprint: " + print + "\n  moved: " + analysis.fingerprint(other));
            }
        }
        assertEquals(List.of(), differences, String.join("\n", differences));
        assertTrue(moved > 5_000, moved + " texts had values");
    }

    private static String withOtherValues(String text) {
        Tokens tokens = Lexer.lex(text);
        StringBuilder other = new StringBuilder();
        int copied = 0;
        for (int i = 0; i < tokens.size(); i++) {
            boolean number = tokens.is(i, Token.NUMBER);
            if (number || tokens.is(i, Token.STRING) && text.charAt(tokens.start(i)) == '\'') {
                other.append(text, copied, tokens.start(i)).append(number ? "7301" : "'or''; e.'");
                copied = tokens.end(i);
            }
        }
        return other.append(text, copied, text.length()).toString();
    }

    private static void compare(Judged each, WriteStatement statement, List<String> differences) {
        JsonNode truth = each.truth();
        boolean same = statement.kind() == each.kind()
                && Objects.equals(statement.schema(), truth.get("schema").textValue())
                && statement.table().equals(truth.get("table").textValue());
        if (!same) {
            differences.add(each.text() + "\n  PostgreSQL: " + truth + "\n  Cutover: " + statement);
        }
    }

    private static Path suite() throws IOException, InterruptedException {
        String given = System.getenv("CUTOVER_REGRESSION_SUITE");
        if (given != null) {
            return Path.of(given);
        }
        Path sql = HOME.resolve("sql");
        if (!Files.isDirectory(sql)) {
            Files.createDirectories(HOME);
            run(
                    unpacked("fetch-regression-suite.sh"),
                    "bash",
                    HOME.resolve("fetch-regression-suite.sh").toString(),
                    sql.toString());
        }
        return sql;
    }

    private static List<Judged> oracle(List<String> statements) throws IOException, InterruptedException {
        Path script = unpacked("oracle.js");
        if (!Files.isDirectory(HOME.resolve("node_modules/libpg-query"))) {
            run(script, "npm", "install", "--silent", "--no-audit", "--no-fund", PARSER);
        }
        Path questions = HOME.resolve("statements.json");
        List<String> lines = new ArrayList<>();
        for (String statement : statements) {
            lines.add(JSON.writeValueAsString(statement));
        }
        Files.write(questions, lines);
        Process node = ChildProcess.relayErrors(new ProcessBuilder("node", script.toString())
                .redirectInput(questions.toFile())
                .start());
        List<Judged> judged = new ArrayList<>();
        List<String> answers = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertEquals(0, node.waitFor());
        assertEquals(statements.size(), answers.size());
        for (int i = 0; i < answers.size(); i++) {
            JsonNode truth = JSON.readTree(answers.get(i));
            if (!truth.isNull()) {
                judged.add(new Judged(statements.get(i), truth));
            }
        }
        return judged;
    }

    private static Path unpacked(String resource) throws IOException {
        Path file = HOME.resolve(resource);
        Files.createDirectories(HOME);
        try (InputStream in = Objects.requireNonNull(RegressionSuiteIT.class.getResourceAsStream(resource))) {
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
        }
        return file;
    }

    private static void run(Path script, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(script.getParent().toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }
}
