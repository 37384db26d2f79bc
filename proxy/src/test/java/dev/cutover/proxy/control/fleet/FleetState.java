// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import java.util.Arrays;

/**
 * One state of the modelled fleet: the tenant's row, the tenant's database and the proxies. It packs into one long for each proxy and
 * one for the rest. States that differ only in the proxies' order, or in nothing that any later step can see, pack into the same words.
 *
 * <p>Epoch 1 is BLUE, epoch 2 GREEN, epoch 3 BLUE again: a commit moves side and epoch together, so the epoch tells the side.
 */
final class FleetState {
    static final int BLUE = 0;
    static final int GREEN = 1;
    private static final int NEWEST = 3;

    /** The tenant's row. Which proxy leads is told by {@link ProxyState#named}. */
    boolean closed;

    int epoch;
    int revision;

    /** By side: the epoch whose maintenance token the fence lets pass; zero if no fence stands there. */
    final int[] fence = new int[2];

    /** How many flips may still be announced, and how often the environment may still make trouble. */
    int changes;

    int troubles;

    final ProxyState[] proxies;

    /** Whether a commit is recorded whatever the row's revision: a planted mistake. */
    private final boolean blindCommits;

    FleetState(int proxies, boolean blindCommits) {
        this.blindCommits = blindCommits;
        this.proxies = new ProxyState[proxies];
        Arrays.setAll(this.proxies, i -> new ProxyState());
    }

    static int side(int epoch) {
        return epoch % 2 == 1 ? BLUE : GREEN;
    }

    void copyFrom(FleetState other) {
        closed = other.closed;
        epoch = other.epoch;
        revision = other.revision;
        fence[BLUE] = other.fence[BLUE];
        fence[GREEN] = other.fence[GREEN];
        changes = other.changes;
        troubles = other.troubles;
        for (int i = 0; i < proxies.length; i++) {
            proxies[i].copyFrom(other.proxies[i]);
        }
    }

    /** The proxy reads the row. */
    void read(ProxyState proxy) {
        proxy.copyClosed = closed;
        proxy.copyEpoch = epoch;
        proxy.copyRevision = revision;
    }

    /** The row has changed. A commit that compares an earlier revision fails, and its proxy learns that. */
    void changed() {
        revision++;
        for (ProxyState proxy : proxies) {
            if (proxy.pending && !blindCommits) {
                proxy.pending = false;
                if (proxy.stage == ProxyState.Stage.COMMITTING) {
                    proxy.stage = ProxyState.Stage.DOUBTFUL;
                }
            }
        }
    }

    boolean current(ProxyState proxy) {
        return proxy.copyRevision == revision;
    }

    /** Whether a transaction of any proxy has written a side and has not ended: it holds the table's lock. */
    boolean written(int side) {
        for (ProxyState proxy : proxies) {
            if (proxy.transaction == ProxyState.EXECUTED && side(proxy.transactionEpoch) == side) {
                return true;
            }
        }
        return false;
    }

    /** Resync carries all marked keys from one side to the other: the row that is read there replaces the other. */
    void carry(int from) {
        int other = 1 - from;
        for (ProxyState proxy : proxies) {
            for (int i = 0; i < ProxyState.WRITES; i++) {
                int write = proxy.writes[i];
                if ((write & ProxyState.MARKED) != 0) {
                    int there = (write & 1 << from) != 0 ? 1 << other : 0;
                    proxy.writes[i] = write & 1 << from | there | ProxyState.DONE;
                }
            }
        }
    }

    boolean marked() {
        for (ProxyState proxy : proxies) {
            for (int write : proxy.writes) {
                if ((write & ProxyState.MARKED) != 0) {
                    return true;
                }
            }
        }
        return false;
    }

    void pack(long[] into) {
        int[] ranks = ranks();
        int n = proxies.length;
        for (int i = 0; i < n; i++) {
            into[i] = proxies[i].pack(ranks);
        }
        Arrays.sort(into, 0, n);
        into[n] = (closed ? 1 : 0) | epoch << 1 | fence[BLUE] << 4 | fence[GREEN] << 7 | changes << 10 | troubles << 13;
    }

    void unpack(long[] from) {
        int n = proxies.length;
        for (int i = 0; i < n; i++) {
            proxies[i].unpack(from[i], NEWEST);
        }
        int rest = (int) from[n];
        closed = (rest & 1) != 0;
        epoch = rest >> 1 & 7;
        fence[BLUE] = rest >> 4 & 7;
        fence[GREEN] = rest >> 7 & 7;
        changes = rest >> 10 & 7;
        troubles = rest >> 13 & 7;
        revision = NEWEST;
    }

    /** The revisions that the row and the proxies' copies have, the newest first. Only whether they are equal matters. */
    private int[] ranks() {
        int[] found = {revision, -1, -1, -1};
        int count = 1;
        for (int below = revision - 1; below >= 0 && count < found.length; below--) {
            for (ProxyState proxy : proxies) {
                if (proxy.reads() && proxy.copyRevision == below) {
                    found[count++] = below;
                    break;
                }
            }
        }
        return found;
    }

    @Override
    public String toString() {
        String phase = closed ? "SWITCHING" : epoch == 2 ? "REVERSIBLE" : "READY";
        StringBuilder text = new StringBuilder(phase + " epoch " + epoch + ", fence "
                + (fence[BLUE] != 0 ? "BLUE" + fence[BLUE] : "") + (fence[GREEN] != 0 ? "GREEN" + fence[GREEN] : ""));
        for (int i = 0; i < proxies.length; i++) {
            text.append("; ").append(i + 1).append(": ").append(proxies[i]);
        }
        return text.toString();
    }
}
