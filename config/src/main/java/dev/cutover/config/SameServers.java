// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Which clusters are the same servers under several names: those that have a host in common. */
public final class SameServers {
    private SameServers() {}

    /** What stands for each cluster. */
    static Map<String, Endpoint> of(Map<String, ClusterConfig> clusters) {
        return clusters.keySet().stream()
                .collect(Collectors.toUnmodifiableMap(Function.identity(), name -> of(clusters, name)));
    }

    /**
     * Stands for a cluster and for all others that share hosts with it, directly or by way of others.
     *
     * @throws NullPointerException if there is no cluster of that name
     */
    public static Endpoint of(Map<String, ClusterConfig> clusters, String name) {
        Set<Endpoint> hosts = new HashSet<>(Objects.requireNonNull(clusters.get(name), "a side's cluster is configured")
                .hosts());
        boolean grown = true;
        while (grown) {
            grown = false;
            for (ClusterConfig cluster : clusters.values()) {
                if (cluster.hosts().stream().anyMatch(hosts::contains)) {
                    grown |= hosts.addAll(cluster.hosts());
                }
            }
        }
        return hosts.stream().min(Comparator.comparing(Endpoint::toString)).orElseThrow();
    }
}
