// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.campaign;

import dev.cutover.config.campaign.CampaignManifest.Wave;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Deals the tenants to the waves. Tenants that a wave names come first; the others are dealt in the order of their names. */
public final class WavePlan {
    private static final int MOST_NAMED = 5;

    private final CampaignManifest manifest;
    private final Map<String, Map<String, String>> tenants;

    private WavePlan(CampaignManifest manifest, Map<String, Map<String, String>> tenants) {
        this.manifest = manifest;
        this.tenants = tenants;
    }

    /**
     * The tenants of each wave, in the manifest's order.
     *
     * @param tenants all that are configured, with their tags
     * @throws ManifestException if a tenant would have no wave or several, or is not configured
     */
    public static List<List<String>> of(CampaignManifest manifest, Map<String, Map<String, String>> tenants)
            throws ManifestException {
        return new WavePlan(manifest, tenants).deal();
    }

    private List<List<String>> deal() throws ManifestException {
        for (String left : manifest.tenants().except()) {
            require(left, "tenants.except");
        }
        Set<String> named = named();
        Set<String> free = new TreeSet<>();
        tenants.forEach((name, tags) -> {
            if (!named.contains(name) && manifest.tenants().selects(name, tags)) {
                free.add(name);
            }
        });
        int all = named.size() + free.size();
        if (all == 0) {
            throw new ManifestException("tenants", "no tenant of the configuration is meant");
        }
        List<List<String>> dealt = new ArrayList<>();
        List<String> waiting = new ArrayList<>(free);
        for (int i = 0; i < manifest.waves().size(); i++) {
            Wave wave = manifest.waves().get(i);
            List<String> members =
                    wave.named().isEmpty() ? take(waiting, share(wave, waiting.size(), all), i) : wave.named();
            if (wave.atomic() && members.size() > Wave.MOST_ATOMIC) {
                throw new ManifestException(
                        "waves[" + i + "].atomic",
                        "the wave has " + members.size() + " tenants; at most " + Wave.MOST_ATOMIC
                                + " flip at one instant");
            }
            dealt.add(members);
        }
        if (!waiting.isEmpty()) {
            throw new ManifestException(
                    "waves",
                    waiting.size() + (waiting.size() == 1 ? " tenant is" : " tenants are") + " in no wave: "
                            + some(waiting) + "; end with a wave without tenants and percent, which takes the rest");
        }
        return dealt;
    }

    private Set<String> named() throws ManifestException {
        Map<String, String> places = new HashMap<>();
        for (int i = 0; i < manifest.waves().size(); i++) {
            List<String> named = manifest.waves().get(i).named();
            for (int j = 0; j < named.size(); j++) {
                String path = "waves[" + i + "].tenants[" + j + "]";
                String tenant = named.get(j);
                require(tenant, path);
                if (manifest.tenants().except().contains(tenant)) {
                    throw new ManifestException(path, tenant + " is among tenants.except");
                }
                String before = places.put(tenant, path);
                if (before != null) {
                    throw new ManifestException(path, tenant + " is named before, by " + before);
                }
            }
        }
        return places.keySet();
    }

    private void require(String tenant, String path) throws ManifestException {
        if (!tenants.containsKey(tenant)) {
            throw new ManifestException(path, "there is no tenant " + tenant);
        }
    }

    /** A percentage is of all tenants of the campaign, rounded up. */
    private static int share(Wave wave, int left, int all) {
        Integer percent = wave.percent();
        return percent == null ? left : Math.min(left, (all * percent + 99) / 100);
    }

    private static List<String> take(List<String> waiting, int count, int wave) throws ManifestException {
        if (count == 0) {
            throw new ManifestException("waves[" + wave + "]", "no tenant is left for it");
        }
        List<String> head = waiting.subList(0, count);
        List<String> taken = List.copyOf(head);
        head.clear();
        return taken;
    }

    private static String some(List<String> names) {
        String listed = String.join(", ", names.subList(0, Math.min(MOST_NAMED, names.size())));
        return names.size() > MOST_NAMED ? listed + " and others" : listed;
    }
}
