// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.dualwrite.mark.MarkedTenants;
import dev.cutover.proxy.control.maintenance.MaintenanceDatabase;
import dev.cutover.proxy.control.maintenance.MaintenancePool;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** The turns of all tenants that mirror, database by database. */
public final class ResyncSchedule implements AutoCloseable {
    private final Map<MaintenancePool, DatabaseSchedule> databases = new HashMap<>();

    /** A tenant's place in the schedule. */
    @FunctionalInterface
    public interface Entry extends AutoCloseable {
        /** No turn begins after this; one may be running. */
        @Override
        void close();
    }

    /**
     * Gives a tenant turns from now on.
     *
     * @param placement of its databases, which are {@link MaintenanceDatabase}s
     */
    public Entry add(ResyncTurns turns, Placement placement) {
        ScheduledTenant tenant = new ScheduledTenant(turns, System::nanoTime);
        DatabaseSchedule home = of(placement.serving());
        DatabaseSchedule other = of(placement.idle());
        home.add(tenant);
        if (other != home) {
            other.addGuest(tenant, home);
        }
        return () -> {
            tenant.remove();
            home.forget(tenant);
            other.forget(tenant);
        };
    }

    /** The pool is closed: nobody is served from its database any more. */
    public synchronized void forget(MaintenancePool pool) {
        DatabaseSchedule gone = databases.remove(pool);
        if (gone != null) {
            gone.close();
        }
    }

    /** How many databases have threads or had them. */
    public synchronized int databases() {
        return databases.size();
    }

    private synchronized DatabaseSchedule of(DataSource database) {
        MaintenanceDatabase maintenance = MaintenanceDatabase.of(database);
        MaintenancePool pool = maintenance.pool();
        return databases.computeIfAbsent(
                pool,
                absent -> new DatabaseSchedule(
                        pool.label(), idle -> marked(maintenance.alone(), idle), System::nanoTime));
    }

    private static Set<String> marked(MaintenanceDatabase database, Collection<ResyncTurns> idle) throws SQLException {
        Map<TransitionSchema, List<String>> tenants = idle.stream()
                .collect(Collectors.groupingBy(
                        ResyncTurns::transition, Collectors.mapping(ResyncTurns::tenant, Collectors.toList())));
        try (Connection connection = database.getConnection()) {
            return MarkedTenants.among(connection, tenants);
        }
    }

    @Override
    public synchronized void close() {
        databases.values().forEach(DatabaseSchedule::close);
    }
}
