// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code NAME|all|page ... [--quick]}: runs scenarios, keeps what they measure as JSON, and writes the page from that. */
public final class ScenarioRunner {
    private static final List<Scenario> SCENARIOS = List.of(
            new Direct(),
            new Steady(),
            new DualWrites(),
            new Flips(),
            new ManyTenants(),
            new BackfillAndVerify(),
            new StartAndMemory(),
            new Soak(),
            new Fleet(),
            new Switchovers(),
            new CampaignScenario(),
            new Microbenchmarks());

    private ScenarioRunner() {}

    public static void main(String[] args) throws Exception {
        Path home = Path.of(System.getProperty("cutover.home", ".")).toAbsolutePath();
        List<String> names = new ArrayList<>(List.of(args));
        boolean quick = names.remove("--quick");
        Bench bench = new Bench(home, quick);
        List<Scenario> chosen = SCENARIOS.stream()
                .filter(one -> names.contains(one.name()) || names.contains("all") && one.partOfAll())
                .toList();
        if (chosen.isEmpty() && !names.contains("page")) {
            bench.say(
                    "name a scenario: %s, all, or page",
                    String.join(", ", SCENARIOS.stream().map(Scenario::name).toList()));
            System.exit(2);
        }
        List<Scenario> lacking =
                chosen.stream().filter(one -> !missing(one).isEmpty()).toList();
        for (Scenario scenario : lacking) {
            bench.say("%s: left out, not installed: %s", scenario.name(), String.join(", ", missing(scenario)));
        }
        if (!quick && !lacking.isEmpty()) {
            System.exit(1);
        }
        // A quick run's figures say nothing: they never reach the page.
        Path results = quick ? home.resolve("benchmarks/target/quick") : home.resolve("docs/benchmarks");
        Files.createDirectories(results);
        ObjectMapper json = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
        String machine = chosen.isEmpty() ? "" : machine(bench);
        for (Scenario scenario : chosen) {
            if (!lacking.contains(scenario)) {
                bench.say("%s: %s", scenario.name(), scenario.title());
                Report report = new Report(scenario.name(), scenario.title(), machine, quick);
                scenario.run(bench, report);
                json.writeValue(results.resolve(scenario.name() + ".json").toFile(), report);
            }
        }
        new Page(json).write(results, quick ? results : home.resolve("docs"));
    }

    private static List<String> missing(Scenario scenario) {
        return scenario.programs().stream()
                .filter(program -> !Bench.installed(program))
                .toList();
    }

    private static String machine(Bench bench) throws Exception {
        try (Server server = Server.start(false)) {
            return bench.machine(server);
        }
    }
}
