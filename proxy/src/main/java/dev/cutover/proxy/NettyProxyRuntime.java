// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.launch.ProxyRuntime;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.console.AdminConsole;
import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.declaration.DeclarationWatch;
import dev.cutover.proxy.control.declaration.TenantDeclarations;
import dev.cutover.proxy.control.http.AdminApi;
import dev.cutover.proxy.control.http.StartingAdminApi;
import dev.cutover.proxy.embedded.EmbeddedCluster;
import dev.cutover.proxy.listen.ProxyServer;
import dev.cutover.proxy.route.RouteTable;
import dev.cutover.proxy.route.TenantRouting;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.channels.UnresolvedAddressException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts a proxy together: control plane, sessions, admin API. The one place that knows all of them. */
public final class NettyProxyRuntime implements ProxyRuntime {
    private static final Logger LOG = LoggerFactory.getLogger(NettyProxyRuntime.class);
    private static final Duration DRAIN = Duration.ofSeconds(10);

    @Override
    public RunningProxy start(CutoverConfig config, ConfigSource source) throws StartupException {
        PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        MaintenanceGauges maintenance = new MaintenanceGauges(meters);
        StartingAdminApi starting = StartingAdminApi.begin(config.admin(), () -> {
            maintenance.refresh();
            return meters.scrape();
        });
        ControlPlane plane;
        try {
            plane = ControlPlane.start(config, ProxyServer.eventLoops());
        } catch (StartupException | RuntimeException e) {
            starting.abandon();
            throw e;
        }
        TenantGauges gauges = new TenantGauges(meters, plane);
        Reload reload = new Reload(source, config, plane, gauges);
        AdminApi admin;
        try {
            TenantDeclarations declarations = new TenantDeclarations(plane.declared(), reload, plane::audit);
            admin = starting.ready(plane, reload::run, declarations);
        } catch (StartupException | RuntimeException e) {
            plane.close();
            throw e;
        }
        try {
            CompletableFuture<ProxyServer> started = new CompletableFuture<>();
            AdminConsole console = new AdminConsole(
                    new ConsoleControl(plane, reload),
                    plane::routings,
                    () -> started.join().backends(),
                    () -> started.join().meters());
            ProxyServer server = listen(reload.running(), plane, meters, console);
            started.complete(server);
            plane.warm(server.backends());
            String host = Reachable.address(config.listen().host());
            plane.reachedAt(host + ":" + server.port(), host + ":" + server.peerPort());
            server.peers(plane::peers);
            server.whenFailedOver(plane::failedOver);
            maintenance.of(plane);
            gauges.show(plane.routings().stream().map(TenantRouting::tenant).toList());
            reload.begin(server, admin);
            plane.recover();
            DeclarationWatch watch = new DeclarationWatch(
                    plane.declared(),
                    reload,
                    catalog -> plane.database(catalog.cluster(), catalog.database(), catalog.login()));
            watch.start();
            return new Running(
                    plane,
                    server,
                    admin,
                    reload,
                    console,
                    watch,
                    config.rollover().drainDelay());
        } catch (StartupException | RuntimeException e) {
            admin.close();
            plane.close();
            throw e;
        }
    }

    private static ProxyServer listen(
            CutoverConfig config, ControlPlane plane, PrometheusMeterRegistry meters, AdminConsole console)
            throws StartupException {
        try {
            return ProxyServer.start(
                    new ProxyServer.Address(
                            config.listen(),
                            config.listenTls(),
                            config.rollover().reusePort()),
                    config.auth(),
                    config.limits(),
                    config.clusters(),
                    RouteTable.of(plane.routings()),
                    meters,
                    new ProxyServer.ControlSide(
                            query -> plane.database(query.cluster(), query.database(), query.login()), console));
        } catch (IllegalArgumentException e) {
            // Certificates that are not what they should be.
            throw new StartupException(String.valueOf(e.getMessage()), e);
        } catch (Exception e) {
            // Netty throws the IOException of a failed bind without declaring it; each transport has its own.
            if (e instanceof IOException || e instanceof UnresolvedAddressException) {
                String reason =
                        e instanceof UnresolvedAddressException ? "there is no host of that name" : e.getMessage();
                throw new StartupException("listen: cannot listen on " + config.listen() + ": " + reason, e);
            }
            throw e;
        }
    }

    @Override
    public Operation runOffline(CutoverConfig config, String tenant, VerbName verb, VerbRequest request, String actor)
            throws StartupException {
        try (ControlPlane plane = ControlPlane.start(config, 1)) {
            if (!plane.loaded().merged().config().tenants().containsKey(tenant)) {
                throw new StartupException("tenants." + tenant
                        + ": there is no such tenant, neither in the configuration nor in the control database");
            }
            plane.awaitLeader(tenant);
            return plane.run(tenant, verb, request, actor).orElseThrow();
        } catch (SQLException e) {
            throw new StartupException("control.url: " + OneLine.of(e), e);
        } catch (ControlPlane.OperationRefused e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException("interrupted", e);
        }
    }

    @Override
    public EmbeddedServer startEmbedded() throws StartupException {
        return EmbeddedCluster.start();
    }

    private record Running(
            ControlPlane plane,
            ProxyServer server,
            AdminApi admin,
            Reload reload,
            AdminConsole console,
            DeclarationWatch watch,
            Duration drainDelay)
            implements RunningProxy {
        @Override
        public int port() {
            return server.port();
        }

        @Override
        public int adminPort() {
            return admin.port();
        }

        @Override
        public ReloadReport reload(String actor) throws StartupException {
            return reload.run(actor);
        }

        @Override
        public void onDrain(Runnable end) {
            plane.onDrain(() -> {
                LOG.info("the proxy was asked to drain");
                end.run();
            });
        }

        /** Load balancers first, then clients: while these end their transactions, mirroring and flips continue. */
        @Override
        public void close() {
            watch.close();
            admin.draining();
            try {
                Thread.sleep(drainDelay.toMillis());
                server.drainAndClose(DRAIN);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            admin.close();
            console.close();
            plane.close();
        }
    }
}
