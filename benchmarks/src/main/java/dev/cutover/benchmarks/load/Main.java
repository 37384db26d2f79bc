package dev.cutover.benchmarks.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code NAME|all|page [--quick]}: runs scenarios, keeps what they measure as JSON, and writes the page from that. */
public final class Main {
    private static final List<Scenario> SCENARIOS =
            List.of(new Steady(), new BackfillAndVerify(), new StartAndMemory());

    private Main() {}

    public static void main(String[] args) throws Exception {
        Path home = Path.of(System.getProperty("cutover.home", ".")).toAbsolutePath();
        List<String> names = new ArrayList<>(List.of(args));
        boolean quick = names.remove("--quick");
        Bench bench = new Bench(home, quick);
        // A quick run's figures say nothing: they never reach the page.
        Path results = quick ? home.resolve("benchmarks/target/quick") : home.resolve("docs/benchmarks");
        Files.createDirectories(results);
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        boolean found = names.contains("page");
        for (Scenario scenario : SCENARIOS) {
            if (names.contains("all") || names.contains(scenario.name())) {
                found = true;
                Report report = measure(bench, scenario);
                json.writeValue(results.resolve(scenario.name() + ".json").toFile(), report);
            }
        }
        if (!found) {
            bench.say(
                    "name a scenario: %s, all, or page",
                    String.join(", ", SCENARIOS.stream().map(Scenario::name).toList()));
            System.exit(2);
        }
        new Page(json).write(results, quick ? results : home.resolve("docs"));
    }

    private static Report measure(Bench bench, Scenario scenario) throws Exception {
        bench.say("%s: %s", scenario.name(), scenario.title());
        String machine;
        try (Server server = Server.start(false)) {
            machine = Bench.machine(server);
        }
        Report report = new Report(scenario.name(), scenario.title(), machine, bench.quick());
        scenario.run(bench, report);
        return report;
    }
}
