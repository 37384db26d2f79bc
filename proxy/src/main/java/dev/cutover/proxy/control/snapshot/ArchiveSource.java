// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.snapshot;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.ClusterTls;
import dev.cutover.config.Endpoint;
import dev.cutover.config.Login;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The schema that a snapshot is taken of or restored into, and who logs in for that. */
public record ArchiveSource(ClusterConfig cluster, String database, String schema, Login login) {
    /**
     * What libpq is to know, as its environment variables. The password is among them: command lines can be read by every
     * user of the machine, an environment only by the process's own.
     */
    void enter(Map<String, String> environment) {
        environment.put("PGHOST", listed(Endpoint::host));
        environment.put("PGPORT", listed(host -> Integer.toString(host.port())));
        if (cluster.failsOver()) {
            environment.put("PGTARGETSESSIONATTRS", "read-write");
            environment.put("PGCONNECT_TIMEOUT", "5");
        }
        environment.put("PGDATABASE", database);
        environment.put("PGUSER", login.user());
        environment.put("PGAPPNAME", "cutover snapshot");
        if (login.password() != null) {
            environment.put("PGPASSWORD", login.password().value());
        }
        ClusterTls tls = cluster.tls();
        environment.put("PGSSLMODE", tls.mode().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        file(environment, "PGSSLROOTCERT", tls.ca());
        file(environment, "PGSSLCERT", tls.certificate());
        file(environment, "PGSSLKEY", tls.key());
    }

    private String listed(Function<Endpoint, String> part) {
        return cluster.hosts().stream().map(part).collect(Collectors.joining(","));
    }

    private static void file(Map<String, String> environment, String name, @Nullable Path path) {
        if (path != null) {
            environment.put(name, path.toString());
        }
    }
}
