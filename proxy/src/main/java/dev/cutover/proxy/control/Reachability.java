package dev.cutover.proxy.control;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.config.runtime.StartupException;
import dev.cutover.config.runtime.Text;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which clusters do not answer when a proxy starts. One that is down does not keep the tenants of the others waiting; but if
 * none answers, the configuration is more likely to be wrong than every server to be down.
 */
final class Reachability {
    private static final Logger LOG = LoggerFactory.getLogger(Reachability.class);
    private static final int CONNECT_MILLIS = 5_000;

    /** For who finds out by trying. */
    static final Reachability UNTRIED = new Reachability();

    private final Map<String, StartupException> silent = new HashMap<>();

    private Reachability() {}

    /** @throws StartupException if no cluster answers */
    static Reachability of(Collection<ClusterConfig> clusters) throws StartupException {
        Reachability result = new Reachability();
        for (ClusterConfig cluster : clusters) {
            try {
                reach(cluster);
            } catch (StartupException e) {
                result.silent.put(cluster.name(), e);
            }
        }
        if (!clusters.isEmpty() && result.silent.size() == clusters.size()) {
            throw result.silent.values().iterator().next();
        }
        result.silent.values().forEach(reason -> LOG.warn("started without a cluster reason={}", reason.getMessage()));
        return result;
    }

    /** @throws StartupException if the cluster does not answer */
    static void reach(ClusterConfig cluster) throws StartupException {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(
                            cluster.endpoint().host(), cluster.endpoint().port()),
                    CONNECT_MILLIS);
        } catch (IOException e) {
            throw new StartupException(
                    "clusters." + cluster.name() + ": cannot connect to " + cluster.endpoint() + ": "
                            + Text.networkReason(e),
                    e);
        }
    }

    /** Whether all that a tenant lies in has answered. */
    boolean all(TenantConfig tenant) {
        for (Side side : Side.values()) {
            SideConfig place = tenant.side(side);
            if (place != null && silent.containsKey(place.cluster())) {
                return false;
            }
        }
        return true;
    }
}
