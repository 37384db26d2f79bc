// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;

/** Tenants as schemas of one database, with pgbench's tables: those of a few have rows, those of the rest are empty. */
final class TenantSchemas {
    /** How many tenants have clients. */
    static final int BUSY = 8;

    private TenantSchemas() {}

    /** A tenant that mirrors while nobody uses it. */
    static String idle(int tenant) {
        return "idle" + tenant;
    }

    static String name(int tenant) {
        return "t" + tenant;
    }

    /** The busy ones, as clients of the proxy name them; one of them again and again if there are not enough. */
    static List<Contender> busy(Contender proxy, int tenants) {
        return IntStream.range(0, BUSY)
                .mapToObj(i -> proxy.tenant(name(i % tenants)))
                .toList();
    }

    static void create(Server server, int tenants) throws IOException, InterruptedException, SQLException {
        try (Connection connection = server.connect(Server.DATABASE);
                Statement statement = connection.createStatement()) {
            for (int i = 0; i < Math.max(tenants, BUSY); i++) {
                statement.execute("CREATE SCHEMA " + name(i));
                if (i >= BUSY) {
                    statement.execute("CREATE TABLE " + name(i) + ".pgbench_branches (bid int, bbalance int)");
                }
            }
            for (int i = 0; i < BUSY; i++) {
                Pgbench.initialise(Contender.direct(server, name(i)), 1);
            }
        }
    }
}
