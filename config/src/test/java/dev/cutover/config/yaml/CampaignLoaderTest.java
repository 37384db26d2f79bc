// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.cutover.config.campaign.CampaignManifest;
import dev.cutover.config.campaign.CampaignManifest.BudgetUsed;
import dev.cutover.config.campaign.CampaignManifest.Completion;
import dev.cutover.config.campaign.CampaignManifest.ErrorsGate;
import dev.cutover.config.campaign.CampaignManifest.FailedTenant;
import dev.cutover.config.campaign.CampaignManifest.GateSide;
import dev.cutover.config.campaign.CampaignManifest.Gates;
import dev.cutover.config.campaign.CampaignManifest.LatencyGate;
import dev.cutover.config.campaign.CampaignManifest.OnFailure;
import dev.cutover.config.campaign.CampaignManifest.SqlGate;
import dev.cutover.config.campaign.CampaignManifest.Wave;
import dev.cutover.config.campaign.ManifestException;
import dev.cutover.config.campaign.WavePlan;
import dev.cutover.config.campaign.Window;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CampaignLoaderTest {
    private static final String WHOLE = """
            campaign: orders-v2
            tenants: {match: "shop_*", tags: {plan: free}, except: [shop_1]}
            strategy: blue-green
            waves:
              - {name: canary, tenants: [shop_7], bake: 30m}
              - {name: first, percent: 5, parallel: 4, bake: 2h, atomic: true}
              - {name: rest, parallel: 10, window: "22:00-05:00 Europe/Berlin"}
            gates:
              sql:
                - {side: idle, text: "SELECT count(*) FROM orders WHERE total < 0", expect: "0"}
                - {side: serving, text: "SELECT 1", expect: "1"}
              errors: {max-rate: 0.1%}
              p99: {max-ratio: 1.5, over: 10m}
              reads-agree: true
              command: ["./smoke-test", "{tenant}"]
            on-failure: {tenant: keep, budget: 3, then: cancel}
            force: [old-statements-fit]
            complete: {after: 24h, drop-old: true, snapshot: true}
            """;
    private static final String WAVES = "campaign: c\nwaves: [{name: all}]\n";

    @Test
    void readsAWholeManifest() throws Exception {
        CampaignManifest manifest = CampaignLoader.load("m.yaml", WHOLE);

        assertEquals("orders-v2", manifest.name());
        assertEquals(
                List.of(
                        new Wave("canary", List.of("shop_7"), null, 1, Duration.ofMinutes(30), null, false),
                        new Wave("first", List.of(), 5, 4, Duration.ofHours(2), null, true),
                        new Wave(
                                "rest",
                                List.of(),
                                null,
                                10,
                                Duration.ZERO,
                                Window.parse("22:00-05:00 Europe/Berlin"),
                                false)),
                manifest.waves());
        assertEquals(
                new Gates(
                        List.of(
                                new SqlGate(GateSide.IDLE, "SELECT count(*) FROM orders WHERE total < 0", "0"),
                                new SqlGate(GateSide.SERVING, "SELECT 1", "1")),
                        new ErrorsGate(0.001, Duration.ofMinutes(5)),
                        new LatencyGate(1.5, Duration.ofMinutes(10)),
                        true,
                        List.of("./smoke-test", "{tenant}")),
                manifest.gates());
        assertEquals(new OnFailure(FailedTenant.KEEP, 3, BudgetUsed.CANCEL), manifest.onFailure());
        assertEquals(Set.of("old-statements-fit"), manifest.force());
        assertEquals(new Completion(Duration.ofHours(24), true, true), manifest.completion());
    }

    @Test
    void pausesAtTheFirstFailureIfNothingElseIsSaid() throws Exception {
        CampaignManifest manifest = CampaignLoader.load("m.yaml", WAVES);

        assertEquals(new OnFailure(FailedTenant.ROLLBACK, 1, BudgetUsed.PAUSE), manifest.onFailure());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "waves: [{name: a}]                                         | campaign: is missing",
                "campaign: a b                                              | campaign: a name is made of",
                "campaign: c                                                | waves: is missing",
                "{campaign: c, waves: []}                                   | waves: must be a list of 1 to 100",
                "{campaign: c, waves: [{parallel: 2}]}                      | waves[0].name: is missing",
                "{campaign: c, waves: [{name: a}, {name: a}]}               | waves[1].name: names the wave a again",
                "{campaign: c, waves: [{name: a, parallel: 0}]}             | waves[0].parallel: must be a whole number",
                "{campaign: c, waves: [{name: a, percent: 101}]}            | waves[0].percent: must be a whole number",
                "{campaign: c, waves: [{name: a, percent: 5, tenants: [b]}]} | waves[0].percent: a wave has tenants or percent",
                "{campaign: c, waves: [{name: a, tenants: []}]}             | waves[0].tenants: must name a tenant",
                "{campaign: c, waves: [{name: a, bake: soon}]}              | waves[0].bake: must be a duration",
                "{campaign: c, waves: [{name: a, window: night}]}           | waves[0].window: must be hours and a time zone",
                "{campaign: c, waves: [{name: a, atomic: often}]}           | waves[0].atomic: must be true or false",
                "{campaign: c, gates: {command: []}, waves: [{name: a}]}   | gates.command: must be a list of 1 to 20 words",
                "{campaign: c, gates: {command: [/bin/sh]}, waves: [{name: a}]} | gates.command[0]: must name a program of",
                "{campaign: c, gates: {command: [./..]}, waves: [{name: a}]} | gates.command[0]: must name a program of",
                "{campaign: c, waves: [{name: a, quickly: true}]}           | waves[0].quickly: unknown key",
                "{campaign: c, strategy: slow, waves: [{name: a}]}          | strategy: must be one of blue-green, in-place",
                "{campaign: c, in-place: {snapshot: true}, waves: [{name: a}]} | in-place: needs strategy: in-place",
                "{campaign: c, strategy: in-place, in-place: {fast: true}, waves: [{name: a}]} | in-place.fast: unknown key",
                "{campaign: c, strategy: in-place, waves: [{name: a, atomic: true}]} | waves[0].atomic: needs strategy: blue-green",
                "{campaign: c, strategy: in-place, complete: {after: 1h}, waves: [{name: a}]} | complete: needs strategy: blue-green",
                "{campaign: c, strategy: in-place, force: [disk-head-room], waves: [{name: a}]} | force: needs strategy: blue-green",
                "{campaign: c, strategy: in-place, gates: {reads-agree: true}, waves: [{name: a}]} | gates.reads-agree: needs",
                "{campaign: c, strategy: in-place, gates: {sql: [{text: x, expect: 1}]}, waves: [{name: a}]} | gates.sql[0].side: must be serving",
                "{campaign: c, tenants: {match: 'a b'}, waves: [{name: a}]} | tenants.match: must be a tenant's name",
                "{campaign: c, gates: {p98: 1}, waves: [{name: a}]}         | gates.p98: unknown key",
                "{campaign: c, gates: {p99: {}}, waves: [{name: a}]}        | gates.p99.max-ratio: is missing",
                "{campaign: c, gates: {p99: {max-ratio: 0}}, waves: [{name: a}]} | gates.p99.max-ratio: must be a number above 1",
                "{campaign: c, gates: {p99: {max-ratio: 2, over: 2h}}, waves: [{name: a}]} | gates.p99.over: must be from 10s to 1h",
                "{campaign: c, gates: {errors: {max-rate: 1}}, waves: [{name: a}]} | gates.errors.max-rate: must be a percentage",
                "{campaign: c, gates: {errors: {max-rate: 101%}}, waves: [{name: a}]} | gates.errors.max-rate: must be a percentage",
                "{campaign: c, gates: {sql: [{text: x}]}, waves: [{name: a}]} | gates.sql[0].expect: is missing",
                "{campaign: c, gates: {sql: [{side: blue, text: x, expect: 1}]}, waves: [{name: a}]} | gates.sql[0].side: must be one of",
                "{campaign: c, on-failure: {budget: 0}, waves: [{name: a}]} | on-failure.budget: must be a whole number",
                "{campaign: c, force: [all], waves: [{name: a}]}            | force[0]: there is no guardrail \"all\" that can be forced",
                "{campaign: c, force: [net-in-place], waves: [{name: a}]}   | force[0]: there is no guardrail \"net-in-place\" that can",
                "{campaign: c, complete: {snapshot: true}, waves: [{name: a}]} | complete.snapshot: a snapshot is taken before",
                "{campaign: c, wave: 1, waves: [{name: a}]}                 | wave: unknown key",
                "- a                                                        | must be a mapping",
            })
    void namesThePathOfAMistake(String manifest, String complaint) {
        ConfigException refused = assertThrows(ConfigException.class, () -> CampaignLoader.load("m.yaml", manifest));

        String expected = "m.yaml: " + complaint;
        assertEquals(expected, start(refused, expected));
    }

    @Test
    void dealsTheTenantsToTheWaves() throws Exception {
        CampaignManifest manifest = CampaignLoader.load("m.yaml", WHOLE);
        Map<String, Map<String, String>> tenants = new HashMap<>();
        for (int i = 1; i <= 42; i++) {
            tenants.put("shop_" + i, Map.of("plan", i == 2 ? "paid" : "free", "region", "eu"));
        }
        tenants.put("bank_1", Map.of("plan", "free"));

        List<List<String>> waves = WavePlan.of(manifest, tenants);

        // 40 take part: 5 % are two of them, by name.
        assertEquals(List.of("shop_7"), waves.get(0));
        assertEquals(List.of("shop_10", "shop_11"), waves.get(1));
        assertEquals(37, waves.get(2).size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{campaign: c, waves: [{name: a, tenants: [x]}]}                | waves[0].tenants[0]: there is no tenant x",
                "{campaign: c, waves: [{name: a, tenants: [t1]}, {name: b, tenants: [t2, t1]}]}"
                        + " | waves[1].tenants[1]: t1 is named before, by waves[0].tenants[0]",
                "{campaign: c, tenants: {except: [x]}, waves: [{name: a}]}      | tenants.except: there is no tenant x",
                "{campaign: c, tenants: {except: [t1]}, waves: [{name: a, tenants: [t1]}]}"
                        + " | waves[0].tenants[0]: t1 is among tenants.except",
                "{campaign: c, tenants: {match: 'z*'}, waves: [{name: a}]}      | tenants: no tenant of the configuration is meant",
                "{campaign: c, waves: [{name: a, tenants: [t1]}]}               | waves: 2 tenants are in no wave: t2, t3; end with",
                "{campaign: c, waves: [{name: a}, {name: b}]}                   | waves[1]: no tenant is left for it",
            })
    void namesTheTenantThatHasNoWaveOrSeveral(String text, String complaint) throws Exception {
        CampaignManifest manifest = CampaignLoader.load("m.yaml", text);
        Map<String, Map<String, String>> tenants = Map.of("t1", Map.of(), "t2", Map.of(), "t3", Map.of());

        ManifestException refused = assertThrows(ManifestException.class, () -> WavePlan.of(manifest, tenants));

        assertEquals(complaint, start(refused, complaint));
    }

    @Test
    void limitsAtomicWaves() throws Exception {
        CampaignManifest manifest = CampaignLoader.load("m.yaml", "{campaign: c, waves: [{name: all, atomic: true}]}");
        Map<String, Map<String, String>> tenants = new HashMap<>();
        for (int i = 0; i < Wave.MOST_ATOMIC; i++) {
            tenants.put("t" + i, Map.of());
        }
        assertEquals(Wave.MOST_ATOMIC, WavePlan.of(manifest, tenants).get(0).size());
        tenants.put("one more", Map.of());

        ManifestException refused = assertThrows(ManifestException.class, () -> WavePlan.of(manifest, tenants));

        assertEquals("waves[0].atomic: the wave has 51 tenants; at most 50 flip at one instant", refused.getMessage());
    }

    private static String start(Exception refused, String expected) {
        String message = String.valueOf(refused.getMessage());
        return message.substring(0, Math.min(message.length(), expected.length()));
    }
}
