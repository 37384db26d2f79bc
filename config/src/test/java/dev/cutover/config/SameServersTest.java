// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class SameServersTest {
    private static ClusterConfig cluster(String name, String... hosts) {
        List<Endpoint> servers =
                Stream.of(hosts).map(host -> new Endpoint(host, 5432)).toList();
        return new ClusterConfig(name, servers, Duration.ZERO, new PoolConfig(1), ClusterTls.DISABLED);
    }

    @Test
    void clustersThatShareAHostAreTheSameServers() {
        Map<String, ClusterConfig> clusters = Map.of(
                "x", cluster("x", "a", "b"),
                "y", cluster("y", "b"),
                "z", cluster("z", "c", "b"),
                "other", cluster("other", "d"));

        assertEquals(SameServers.of(clusters, "x"), SameServers.of(clusters, "y"));
        assertEquals(SameServers.of(clusters, "x"), SameServers.of(clusters, "z"));
        assertNotEquals(SameServers.of(clusters, "x"), SameServers.of(clusters, "other"));
    }
}
