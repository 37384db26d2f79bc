// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Login;
import dev.cutover.config.PoolConfig;
import dev.cutover.config.Secret;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ArchiveSourceTest {
    @Test
    void theEnvironmentNamesTheDatabaseAndTheLogin() {
        ClusterTls tls = new ClusterTls(ClusterTls.Mode.VERIFY_FULL, Path.of("/ca.pem"), null, null);
        ClusterConfig cluster = new ClusterConfig("main", new Endpoint("db.internal", 5433), PoolConfig.DEFAULT, tls);
        ArchiveSource source = new ArchiveSource(cluster, "app", "v1", new Login("owner", new Secret("geheim")));
        Map<String, String> environment = new HashMap<>(Map.of("PATH", "/usr/bin"));

        source.enter(environment);

        assertEquals(
                Map.of(
                        "PATH", "/usr/bin",
                        "PGHOST", "db.internal",
                        "PGPORT", "5433",
                        "PGDATABASE", "app",
                        "PGUSER", "owner",
                        "PGPASSWORD", "geheim",
                        "PGAPPNAME", "cutover snapshot",
                        "PGSSLMODE", "verify-full",
                        "PGSSLROOTCERT", "/ca.pem"),
                environment);
    }
}
