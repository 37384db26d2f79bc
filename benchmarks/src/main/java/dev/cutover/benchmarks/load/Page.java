// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cutover.benchmarks.load.Report.Table;
import dev.cutover.benchmarks.load.Report.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes {@code docs/benchmarks.md} and its plots from the scenarios' JSON. */
final class Page {
    private static final String HEAD = """
            # Benchmarks

            Written by `benchmarks/run` from the JSON in `docs/benchmarks/`; `benchmarks/run all` measures again, all but the
            soak (`benchmarks/run 08-soak`, an hour). Everything runs on one machine, load generator included. Contenders take
            turns, round by round; figures are medians, ratios are taken within a round. Latencies are taken at a fixed rate,
            from the moment a transaction was due, where the table does not say that clients went as fast as they could.
            [Where the time goes](performance.md) says why a target is missed.

            """;

    private final ObjectMapper json;

    Page(ObjectMapper json) {
        this.json = json;
    }

    void write(Path results, Path directory) throws IOException {
        List<Report> reports = new ArrayList<>();
        try (Stream<Path> files = Files.list(results)) {
            for (Path file : files.filter(one -> one.toString().endsWith(".json"))
                    .sorted()
                    .toList()) {
                reports.add(json.readValue(file.toFile(), Report.class));
            }
        }
        StringBuilder text = new StringBuilder(HEAD);
        targets(text, reports);
        for (Report report : reports) {
            text.append("## ").append(report.title()).append("\n\n");
            text.append('`').append(report.scenario()).append("`, on ").append(report.machine());
            text.append(report.quick() ? ". **A quick run: it shows that everything runs, no more.**\n\n" : ".\n\n");
            for (Table table : report.tables()) {
                text.append("### ").append(table.title()).append("\n\n");
                append(text, table);
            }
            for (Report.Chart chart : report.charts()) {
                Path plot = results.resolve(report.scenario() + "-" + chart.name() + ".svg");
                Plots.write(chart, plot);
                text.append("![").append(chart.title()).append("](");
                text.append(directory.relativize(plot)).append(")\n\n");
            }
        }
        Files.writeString(directory.resolve("benchmarks.md"), text.toString());
    }

    private static void targets(StringBuilder text, List<Report> reports) {
        List<List<String>> rows = new ArrayList<>();
        for (Report report : reports) {
            for (Target target : report.targets()) {
                rows.add(List.of(
                        target.what(), target.wanted(), target.measured(), target.met() ? "met" : "**not met**"));
            }
        }
        if (!rows.isEmpty()) {
            text.append("## Targets\n\n");
            append(text, new Table("", List.of("what", "target", "measured", ""), rows));
        }
    }

    private static void append(StringBuilder text, Table table) {
        append(text, table.columns());
        append(text, table.columns().stream().map(column -> "---").toList());
        table.rows().forEach(row -> append(text, row));
        text.append('\n');
    }

    private static void append(StringBuilder text, List<String> cells) {
        text.append(
                cells.stream().map(cell -> cell.replace("|", "\\|")).collect(Collectors.joining(" | ", "| ", " |\n")));
    }
}
