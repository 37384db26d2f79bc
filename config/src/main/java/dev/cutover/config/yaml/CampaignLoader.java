// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.GuardrailName.Force;
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
import dev.cutover.config.campaign.CampaignManifest.Strategy;
import dev.cutover.config.campaign.CampaignManifest.Wave;
import dev.cutover.config.campaign.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a campaign's manifest. */
public final class CampaignLoader {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}");
    private static final int MOST_WAVES = 100;
    private static final int MOST_PARALLEL = 1_000;
    private static final int MOST_FAILURES = 100_000;
    private static final int USUAL_BUDGET = 1;
    private static final Pattern PERCENT = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,6})?)%");
    private static final Pattern PROGRAM = Pattern.compile("\\./[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");
    private static final int MOST_WORDS = 20;
    private static final Duration USUAL_OVER = Duration.ofMinutes(5);
    private static final Duration SHORTEST_OVER = Duration.ofSeconds(10);
    private static final Duration LONGEST_OVER = Duration.ofHours(1);

    private CampaignLoader() {}

    /** The strategies that there are. */
    private enum Chosen {
        BLUE_GREEN,
        IN_PLACE
    }

    /**
     * @param name what complaints call the text: a file's name
     * @throws ConfigException in one line that names the YAML path
     */
    public static CampaignManifest load(String name, String text) throws ConfigException {
        YamlNode root = YamlNode.parse(name, text);
        String campaign = name(root.require("campaign"));
        Strategy strategy = strategy(root);
        CampaignManifest manifest = new CampaignManifest(
                campaign,
                TenantSelectorLoader.load(root.get("tenants")),
                strategy,
                waves(root.require("waves")),
                gates(root.get("gates")),
                onFailure(root.get("on-failure")),
                force(root.get("force")),
                completion(root.get("complete")));
        root.noOtherKeys();
        if (manifest.inPlace()) {
            refuseWhatNeedsTwoSides(root, manifest);
        }
        return manifest;
    }

    private static Strategy strategy(YamlNode root) throws ConfigException {
        Chosen chosen = root.get("strategy").choice(Chosen.class, Chosen.BLUE_GREEN);
        YamlNode inPlace = root.get("in-place");
        if (chosen == Chosen.BLUE_GREEN) {
            if (inPlace.present()) {
                throw inPlace.complaint("needs strategy: in-place");
            }
            return new Strategy.BlueGreen();
        }
        Strategy strategy = new Strategy.InPlace(
                inPlace.get("snapshot").flag(), inPlace.get("breaking").flag());
        if (inPlace.present()) {
            inPlace.noOtherKeys();
        }
        return strategy;
    }

    private static void refuseWhatNeedsTwoSides(YamlNode root, CampaignManifest manifest) throws ConfigException {
        String why = "needs strategy: blue-green; in place there is no other side";
        for (int i = 0; i < manifest.waves().size(); i++) {
            if (manifest.waves().get(i).atomic()) {
                throw root.get("waves").items().get(i).get("atomic").complaint(why);
            }
        }
        for (int i = 0; i < manifest.gates().sql().size(); i++) {
            if (manifest.gates().sql().get(i).side() == GateSide.IDLE) {
                throw root.get("gates").get("sql").items().get(i).get("side").complaint("must be serving; " + why);
            }
        }
        if (manifest.gates().readsAgree()) {
            throw root.get("gates").get("reads-agree").complaint(why);
        }
        if (manifest.completion() != null) {
            throw root.get("complete").complaint(why);
        }
        if (!manifest.force().isEmpty()) {
            throw root.get("force").complaint(why);
        }
    }

    private static String name(YamlNode node) throws ConfigException {
        if (!NAME.matcher(node.text()).matches()) {
            throw node.complaint("a name is made of letters, digits, \"_\", \"-\" and \".\", at most 63");
        }
        return node.text();
    }

    private static List<Wave> waves(YamlNode node) throws ConfigException {
        List<YamlNode> items = node.items();
        if (items.isEmpty() || items.size() > MOST_WAVES) {
            throw node.complaint("must be a list of 1 to " + MOST_WAVES + " waves");
        }
        List<Wave> waves = new ArrayList<>();
        Set<String> names = new LinkedHashSet<>();
        for (YamlNode item : items) {
            Wave wave = wave(item);
            if (!names.add(wave.name())) {
                throw item.get("name").complaint("names the wave " + wave.name() + " again");
            }
            waves.add(wave);
        }
        return waves;
    }

    private static Wave wave(YamlNode node) throws ConfigException {
        YamlNode tenants = node.get("tenants");
        YamlNode percent = node.get("percent");
        if (tenants.present() && percent.present()) {
            throw percent.complaint("a wave has tenants or percent, not both");
        }
        if (tenants.present() && tenants.texts().isEmpty()) {
            throw tenants.complaint("must name a tenant; a wave without this key takes the rest");
        }
        Wave wave = new Wave(
                name(node.require("name")),
                tenants.texts(),
                percent.present() ? Integer.valueOf(percent.integer(1, 1, 100)) : null,
                node.get("parallel").integer(1, 1, MOST_PARALLEL),
                node.get("bake").duration(Duration.ZERO),
                window(node.get("window")),
                node.get("atomic").flag());
        node.noOtherKeys();
        return wave;
    }

    private static @Nullable Window window(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return null;
        }
        try {
            return Window.parse(node.text());
        } catch (IllegalArgumentException e) {
            throw node.complaint(String.valueOf(e.getMessage()));
        }
    }

    private static Gates gates(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return Gates.NONE;
        }
        Gates gates = new Gates(
                sql(node.get("sql")),
                errors(node.get("errors")),
                p99(node.get("p99")),
                node.get("reads-agree").flag(),
                command(node.get("command")));
        node.noOtherKeys();
        return gates;
    }

    private static List<String> command(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return List.of();
        }
        List<String> words = node.texts();
        if (words.isEmpty() || words.size() > MOST_WORDS) {
            throw node.complaint("must be a list of 1 to " + MOST_WORDS + " words, a program and its arguments");
        }
        if (!PROGRAM.matcher(words.get(0)).matches()) {
            throw node.items().get(0).complaint("must name a program of campaigns.commands, such as ./smoke-test");
        }
        return words;
    }

    private static List<SqlGate> sql(YamlNode node) throws ConfigException {
        List<SqlGate> gates = new ArrayList<>();
        for (YamlNode item : node.items()) {
            gates.add(new SqlGate(
                    item.get("side").choice(GateSide.class, GateSide.IDLE),
                    item.require("text").text(),
                    item.require("expect").text()));
            item.noOtherKeys();
        }
        return gates;
    }

    private static @Nullable ErrorsGate errors(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return null;
        }
        ErrorsGate gate = new ErrorsGate(rate(node.require("max-rate")), over(node));
        node.noOtherKeys();
        return gate;
    }

    private static double rate(YamlNode node) throws ConfigException {
        Matcher percent = PERCENT.matcher(node.text());
        double rate = percent.matches() ? Double.parseDouble(percent.group(1)) / 100 : 2;
        if (rate > 1) {
            throw node.complaint("must be a percentage such as 0.1%, at most 100%, not \"" + node.text() + '"');
        }
        return rate;
    }

    private static @Nullable LatencyGate p99(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return null;
        }
        YamlNode ratio = node.require("max-ratio");
        LatencyGate gate = new LatencyGate(ratio.factor(0), over(node));
        if (gate.maxRatio() == 0) {
            throw ratio.complaint("must be a number above 1");
        }
        node.noOtherKeys();
        return gate;
    }

    private static Duration over(YamlNode node) throws ConfigException {
        YamlNode over = node.get("over");
        Duration duration = over.duration(USUAL_OVER);
        if (duration.compareTo(SHORTEST_OVER) < 0 || duration.compareTo(LONGEST_OVER) > 0) {
            throw over.complaint("must be from 10s to 1h");
        }
        return duration;
    }

    private static OnFailure onFailure(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return new OnFailure(FailedTenant.ROLLBACK, USUAL_BUDGET, BudgetUsed.PAUSE);
        }
        OnFailure onFailure = new OnFailure(
                node.get("tenant").choice(FailedTenant.class, FailedTenant.ROLLBACK),
                node.get("budget").integer(USUAL_BUDGET, 1, MOST_FAILURES),
                node.get("then").choice(BudgetUsed.class, BudgetUsed.PAUSE));
        node.noOtherKeys();
        return onFailure;
    }

    private static Set<String> force(YamlNode node) throws ConfigException {
        Set<String> labels = new LinkedHashSet<>();
        for (YamlNode item : node.items()) {
            String label = item.text();
            if (GuardrailName.of(label)
                    .filter(name -> name.force() != Force.NEVER)
                    .isEmpty()) {
                throw item.complaint("there is no guardrail \"" + label + "\" that can be forced; those that can: "
                        + GuardrailName.forceable());
            }
            labels.add(label);
        }
        return labels;
    }

    private static @Nullable Completion completion(YamlNode node) throws ConfigException {
        if (!node.present()) {
            return null;
        }
        YamlNode snapshot = node.get("snapshot");
        Completion completion = new Completion(
                node.get("after").duration(Duration.ZERO), node.get("drop-old").flag(), snapshot.flag());
        if (completion.snapshot() && !completion.dropOld()) {
            throw snapshot.complaint("a snapshot is taken before the old side is dropped; say drop-old: true as well");
        }
        node.noOtherKeys();
        return completion;
    }
}
