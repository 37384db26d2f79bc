// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.proxy.testing.HeldLine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A host of a fleet. Its proxy may be killed and started again, and each of its lines may be cut. */
final class ChaosPlace implements AutoCloseable {
    private final Path config;
    private final HeldLine toBlue;
    private final HeldLine toGreen;
    private final HeldLine toControl;
    private final HeldLine fromClients = new HeldLine(() -> proxy().port());
    private final HeldLine fromChecks = new HeldLine(() -> proxy().adminPort());
    private volatile ProxyProcess proxy;

    /** @param config where its configuration is written */
    ChaosPlace(Path config, ChaosServers servers) throws Exception {
        this.config = config;
        toBlue = new HeldLine(servers.blue().server().port());
        toGreen = servers.apart() ? new HeldLine(servers.green().server().port()) : toBlue;
        toControl = new HeldLine(servers.control().server().port());
        Files.writeString(config, servers.yaml(toBlue.port(), toGreen.port(), toControl.port()));
        proxy = ProxyProcess.start(config);
    }

    /** The process that runs here now. */
    ProxyProcess proxy() {
        return proxy;
    }

    /** Where its clients connect to, also after another start. */
    int port() {
        return fromClients.port();
    }

    /** Where a load balancer asks for its health. */
    int checkPort() {
        return fromChecks.port();
    }

    void startAgain() throws Exception {
        proxy = ProxyProcess.start(config);
    }

    /** What leads to the servers of a tenant. */
    List<HeldLine> toTenants() {
        return List.of(toBlue, toGreen);
    }

    HeldLine toControl() {
        return toControl;
    }

    /** What leads from clients and load balancers to here. */
    List<HeldLine> fromOutside() {
        return List.of(fromClients, fromChecks);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        proxy.kill();
        for (HeldLine line : List.of(toBlue, toGreen, toControl, fromClients, fromChecks)) {
            line.close();
        }
    }
}
