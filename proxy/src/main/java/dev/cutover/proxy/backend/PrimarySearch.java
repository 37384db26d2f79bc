// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Endpoint;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a connection to whichever of a cluster's servers is the primary. It tries the one that was the primary last, then the others,
 * again and again until {@code failover-timeout} has passed since a primary was first missing.
 *
 * <p>A server says that it is a standby by {@code pg_is_in_recovery()}, or to a walsender by {@code in_hot_standby}. An error such as a
 * wrong password ends the search when all servers have answered. On one event loop.
 */
final class PrimarySearch {
    private static final Logger LOG = LoggerFactory.getLogger(PrimarySearch.class);
    private static final long PAUSE_MILLIS = 200;

    private final EventLoop loop;
    private final ClusterLimit limit;
    private final Opener opener;
    private final Moved moved;
    private final Borrower result;
    private final List<String> reasons = new ArrayList<>();
    private @Nullable ErrorFields refusal;
    private boolean unreached;
    private int begun;

    /** Opens a connection to one server. */
    interface Opener {
        void open(Endpoint server, Borrower opened);
    }

    /** Receives a cluster's name when its primary has changed. */
    interface Moved {
        void moved(String cluster);
    }

    PrimarySearch(EventLoop loop, ClusterLimit limit, Opener opener, Moved moved, Borrower result) {
        this.loop = loop;
        this.limit = limit;
        this.opener = opener;
        this.moved = moved;
        this.result = result;
    }

    void begin() {
        reasons.clear();
        refusal = null;
        unreached = false;
        begun = limit.outage().generation();
        Set<Endpoint> order = new LinkedHashSet<>();
        order.add(limit.outage().primary());
        order.addAll(limit.cluster().hosts());
        tryNext(List.copyOf(order), 0);
    }

    private void tryNext(List<Endpoint> order, int index) {
        if (index == order.size()) {
            pause();
            return;
        }
        Endpoint server = order.get(index);
        opener.open(server, new Borrower() {
            @Override
            public void lent(BackendConnection connection) {
                if (connection.onStandby()) {
                    connection.terminate();
                    reasons.add(server + " is a standby");
                    tryNext(order, index + 1);
                } else {
                    found(server, connection);
                }
            }

            @Override
            public void refused(ErrorFields error) {
                reasons.add(server + ": " + error.message());
                if (passes(error.sqlState())) {
                    unreached = true;
                } else {
                    refusal = error;
                }
                tryNext(order, index + 1);
            }
        });
    }

    private void found(Endpoint server, BackendConnection connection) {
        switch (limit.outage().found(server, begun)) {
            case OUT_OF_DATE -> {
                connection.terminate();
                begin();
                return;
            }
            case ANOTHER -> {
                LOG.warn(
                        "another server is the primary: cluster={} now={}",
                        limit.cluster().name(),
                        server);
                moved.moved(limit.cluster().name());
            }
            case SAME -> {
                // As it was.
            }
        }
        result.lent(connection);
    }

    /** It is down, starting, shutting down, full, cannot be reached or does not speak with us. */
    private static boolean passes(String code) {
        return code.startsWith("08") || code.startsWith("57P") || code.startsWith("53");
    }

    /** All were tried. If each has answered, waiting changes nothing: one of them has refused the login, and none is the primary. */
    private void pause() {
        if (refusal != null && !unreached) {
            result.refused(refusal);
            return;
        }
        long left = limit.outage().searchedInVain(limit.cluster(), System.nanoTime());
        if (left > 0) {
            loop.schedule(this::begin, Math.min(PAUSE_MILLIS, 1 + left / 1_000_000), TimeUnit.MILLISECONDS);
        } else {
            result.refused(noPrimary(limit.cluster(), String.join("; ", reasons)));
        }
    }

    static ErrorFields noPrimary(ClusterConfig cluster, String reasons) {
        return ErrorFields.error(
                "08006",
                "no server of cluster \"" + cluster.name() + "\" takes writes"
                        + (reasons.isEmpty() ? "" : ": " + reasons),
                "The proxy has looked for a primary for "
                        + cluster.failoverTimeout().toMillis() + " ms (clusters." + cluster.name()
                        + ".failover-timeout). Try again.");
    }
}
