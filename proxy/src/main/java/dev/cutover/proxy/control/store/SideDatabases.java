// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.SQLExceptionOverride;
import dev.cutover.config.AuthConfig;
import dev.cutover.config.ClusterConfig;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.Login;
import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantCatalog;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.maintenance.MaintenanceDatabase;
import dev.cutover.proxy.control.maintenance.MaintenancePool;
import dev.cutover.proxy.control.maintenance.Reservations;
import dev.cutover.proxy.control.schedule.ResyncSchedule;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections with which the maintenance roles work on the tenants' databases. One small pool for each database and
 * role, shared by the tenants that lie there; it holds no connection while nothing moves. {@link Reservations} says who gets
 * them.
 */
public final class SideDatabases implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SideDatabases.class);
    private static final int IDLE_MILLIS = 30_000;
    private static final int CONNECT_MILLIS = 5_000;
    /** So long a thread waits for other users of a pool before it calls the pool exhausted. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /**
     * What a maintenance session fixes, whatever the server, the database and the role have set: that it sees all rows or fails,
     * that it may write and waits for as long as it says itself, and that a value's text reads back as the same value.
     */
    private static final String SETTINGS = """
            SET row_security = off;
            SET default_transaction_isolation = 'read committed';
            SET default_transaction_read_only = off;
            SET default_transaction_deferrable = off;
            SET statement_timeout = 0;
            SET lock_timeout = 0;
            SET idle_in_transaction_session_timeout = 0;
            SET synchronous_commit = on;
            SET standard_conforming_strings = on;
            SET quote_all_identifiers = off;
            SET array_nulls = on;
            SET TimeZone = 'UTC';
            SET DateStyle = 'ISO, YMD';
            SET IntervalStyle = 'postgres';
            SET extra_float_digits = 3;
            SET bytea_output = 'hex';
            SET xmloption = 'content';
            SET lc_monetary = 'C';
            SELECT set_config(name, '0', false) FROM pg_settings
            WHERE name IN ('idle_session_timeout', 'transaction_timeout')""";

    private volatile Map<String, ClusterConfig> clusters;
    private final Reservations reservations = new Reservations(PATIENCE);
    private final ResyncSchedule schedule = new ResyncSchedule();
    private final Map<Key, Pool> pools = new ConcurrentHashMap<>();

    private volatile String proxy;
    /** The connections to clusters that fail over, with the cluster's name. Closed ones go with the garbage. */
    private final Map<Connection, String> open = new WeakHashMap<>();

    /** @param proxy the id of this proxy */
    public SideDatabases(Map<String, ClusterConfig> clusters, String proxy) {
        this.clusters = clusters;
        this.proxy = proxy;
    }

    /** The proxy has another id now. Sessions of the former one are closed when nobody uses them. */
    public void renamed(String next) {
        proxy = next;
        pools.values().forEach(pool -> {
            HikariPoolMXBean connections = pool.connections().getHikariPoolMXBean();
            if (connections != null) {
                connections.softEvictConnections();
            }
        });
    }

    private record Key(String cluster, String database, String user) {}

    private record Pool(HikariDataSource connections, MaintenanceDatabase database) {}

    public Map<String, ClusterConfig> clusters() {
        return clusters;
    }

    /** Clusters may have come or gone. Connections to a cluster's former address are closed when nobody uses them. */
    public void reconfigure(Map<String, ClusterConfig> next) {
        Map<String, ClusterConfig> before = clusters;
        clusters = next;
        pools.forEach((key, pool) -> {
            ClusterConfig was = before.get(key.cluster());
            ClusterConfig is = next.get(key.cluster());
            HikariPoolMXBean connections = pool.connections().getHikariPoolMXBean();
            if (was != null && is != null && !was.hosts().equals(is.hosts()) && connections != null) {
                connections.softEvictConnections();
            }
        });
    }

    /** Closes the pools that no tenant of the configuration needs. */
    public void retain(CutoverConfig config) {
        Set<Key> needed = new HashSet<>();
        for (TenantConfig tenant : config.tenants().values()) {
            MaintenanceConfig maintenance = tenant.maintenance();
            for (Side side : Side.values()) {
                SideConfig place = tenant.side(side);
                if (maintenance != null && place != null) {
                    needed.add(key(place, maintenance.login()));
                }
            }
        }
        AuthConfig.Query query = config.auth().query();
        if (query != null) {
            needed.add(new Key(query.cluster(), query.database(), query.login().user()));
        }
        TenantCatalog catalog = config.catalog();
        if (catalog != null) {
            needed.add(new Key(
                    catalog.cluster(), catalog.database(), catalog.login().user()));
        }
        pools.forEach((key, pool) -> {
            if (!needed.contains(key) && pools.remove(key, pool)) {
                schedule.forget(pool.database().pool());
                pool.connections().close();
            }
        });
    }

    private static Key key(SideConfig side, Login login) {
        return new Key(side.cluster(), side.database(), login.user());
    }

    public MaintenanceDatabase of(SideConfig side, Login maintenance) {
        Key key = key(side, maintenance);
        return pools.computeIfAbsent(key, absent -> pool(key, connections(side, maintenance)))
                .database();
    }

    private Pool pool(Key key, HikariDataSource connections) {
        MaintenancePool places = new MaintenancePool(key.cluster(), key.database(), key.user(), connections);
        return new Pool(connections, new MaintenanceDatabase(places, reservations));
    }

    /** The turns of the tenants that mirror. */
    public ResyncSchedule schedule() {
        return schedule;
    }

    /** How the places of all pools are taken. */
    public List<MaintenancePool.Places> usage() {
        return pools.values().stream()
                .flatMap(pool -> pool.database().pool().usage())
                .toList();
    }

    private HikariDataSource connections(SideConfig side, Login maintenance) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(new ClusterDatabase(
                () -> cluster(side.cluster()),
                side.database(),
                maintenance,
                () -> proxy,
                connection -> opened(side.cluster(), connection)));
        config.setPoolName(side.cluster() + "/" + side.database());
        config.setMaximumPoolSize(MaintenancePool.mostConnections());
        config.setMinimumIdle(0);
        config.setIdleTimeout(IDLE_MILLIS);
        config.setConnectionTimeout(
                CONNECT_MILLIS * cluster(side.cluster()).hosts().size());
        config.setInitializationFailTimeout(-1);
        config.setConnectionInitSql(SETTINGS);
        config.setExceptionOverride(new Refused());
        return new HikariDataSource(config);
    }

    /** That a server does not do what it is asked for (0A000) says nothing against the connection, but the pool would close it. */
    private static final class Refused implements SQLExceptionOverride {
        @java.lang.Override
        public Override adjudicate(SQLException e) {
            return "0A000".equals(e.getSQLState()) ? Override.DO_NOT_EVICT : Override.CONTINUE_EVICT;
        }
    }

    /** Only where another server may become the primary. */
    private void opened(String cluster, Connection connection) {
        if (cluster(cluster).failsOver()) {
            synchronized (open) {
                open.put(connection, cluster);
            }
        }
    }

    /**
     * Another server is the primary of a cluster. Ends the connections that were opened before: the lost server may never answer, and
     * somebody may wait for it. Returns at once.
     */
    public void failedOver(String cluster) {
        List<Connection> lost = new ArrayList<>();
        synchronized (open) {
            open.entrySet().removeIf(each -> each.getValue().equals(cluster) && lost.add(each.getKey()));
        }
        Thread thread = new Thread(() -> lost.forEach(SideDatabases::abort), "maintenance-failover");
        thread.setDaemon(true);
        thread.start();
    }

    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.debug("a maintenance connection has ended already: {}", OneLine.of(e));
        }
    }

    private ClusterConfig cluster(String name) {
        ClusterConfig cluster = clusters.get(name);
        if (cluster == null) {
            throw new IllegalArgumentException("no cluster " + name);
        }
        return cluster;
    }

    @Override
    public void close() {
        schedule.close();
        pools.values().forEach(pool -> pool.connections().close());
    }
}
