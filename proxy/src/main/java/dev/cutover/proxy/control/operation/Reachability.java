// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether clusters answer. A cluster that is down does not delay the tenants of the others. If no cluster answers when the proxy
 * starts, the configuration is more likely to be wrong than every server to be down.
 */
public final class Reachability {
    private static final Logger LOG = LoggerFactory.getLogger(Reachability.class);
    private static final int CONNECT_MILLIS = 5_000;

    private Reachability() {}

    /** Returns as soon as one of the clusters answers. @throws StartupException if none does */
    public static void requireAny(Collection<ClusterConfig> clusters) throws StartupException {
        ExecutorService threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "cluster-check");
            thread.setDaemon(true);
            return thread;
        });
        try {
            CompletionService<Boolean> checks = new ExecutorCompletionService<>(threads);
            clusters.forEach(cluster -> checks.submit(() -> answers(cluster)));
            List<StartupException> silent = new ArrayList<>();
            for (int i = 0; i < clusters.size(); i++) {
                try {
                    checks.take().get();
                    silent.forEach(reason -> LOG.warn("cluster does not answer reason={}", reason.getMessage()));
                    return;
                } catch (ExecutionException e) {
                    silent.add(
                            e.getCause() instanceof StartupException reason
                                    ? reason
                                    : new StartupException("clusters: " + OneLine.of(e), e));
                }
            }
            if (!silent.isEmpty()) {
                throw silent.get(0);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartupException("interrupted", e);
        } finally {
            threads.shutdown();
        }
    }

    private static boolean answers(ClusterConfig cluster) throws StartupException {
        reach(cluster);
        return true;
    }

    /** @throws StartupException if no server of the cluster answers */
    static void reach(ClusterConfig cluster) throws StartupException {
        StartupException last = null;
        for (Endpoint host : cluster.hosts()) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(host.host(), host.port()), CONNECT_MILLIS);
                return;
            } catch (IOException e) {
                last = new StartupException(
                        "clusters." + cluster.name() + ": cannot connect to " + host + ": " + OneLine.networkReason(e),
                        e);
            }
        }
        throw Objects.requireNonNull(last, "a cluster has a server");
    }
}
