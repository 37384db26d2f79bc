// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import java.util.Arrays;

/**
 * One state of the modelled fleet: the tenant's row, the tenant's database and the proxies. It packs into one long for each proxy and
 * one for the rest. States that differ only in the proxies' order, or in nothing that any later step can see, pack into the same words.
 *
 * <p>Epoch 1 is BLUE, epoch 2 GREEN, epoch 3 BLUE again: a commit moves side and epoch together, so the epoch tells the side. A row
 * that asks for closed gates is {@code SWITCHING} before the commit, and {@code held} in the new phase after it.
 */
final class FleetState {
    static final int BLUE = 0;
    static final int GREEN = 1;
    /** The row's revision in an unpacked state. */
    static final int NEWEST = 7;

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

    /** A proxy that runs nothing under its former id uses its present one. */
    void catchUp() {
        for (ProxyState proxy : proxies) {
            if (proxy.lags && proxy.idle()) {
                proxy.catchUp();
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

    /** Resync carries all marked keys from one side to the other: the row that is read there, or its absence, replaces the other. */
    void carry(int from) {
        for (ProxyState proxy : proxies) {
            for (int i = 0; i < ProxyState.WRITES; i++) {
                if ((proxy.writes[i] & ProxyState.MARKED) != 0) {
                    proxy.writes[i] = ProxyState.isOn(proxy.writes[i], from) ? ProxyState.ON_BOTH : ProxyState.LOST;
                }
            }
        }
    }

    /** How many writes clients have made or are making. */
    int writes() {
        int count = 0;
        for (ProxyState proxy : proxies) {
            count += proxy.transaction != 0 ? 1 : 0;
            for (int write : proxy.writes) {
                count += write != 0 ? 1 : 0;
            }
        }
        return count;
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
        int revisions = revisions();
        int n = proxies.length;
        for (int i = 0; i < n; i++) {
            into[i] = proxies[i].pack(revisions);
        }
        Arrays.sort(into, 0, n);
        long rest = closed ? 1 : 0;
        rest = (rest << 3) | epoch;
        rest = (rest << 3) | fence[BLUE];
        rest = (rest << 3) | fence[GREEN];
        rest = (rest << 3) | changes;
        into[n] = (rest << 3) | troubles;
    }

    void unpack(long[] from) {
        int n = proxies.length;
        for (int i = 0; i < n; i++) {
            proxies[i].unpack(from[i]);
        }
        int rest = (int) from[n];
        troubles = rest & 7;
        changes = (rest >> 3) & 7;
        fence[GREEN] = (rest >> 6) & 7;
        fence[BLUE] = (rest >> 9) & 7;
        epoch = (rest >> 12) & 7;
        closed = (rest >> 15) != 0;
        revision = NEWEST;
    }

    /** The revisions that a later step may compare with, a bit each: the row's, and those that acknowledgements are awaited for. */
    private int revisions() {
        int found = 1 << revision;
        for (ProxyState proxy : proxies) {
            if (proxy.stage == ProxyState.Stage.ANNOUNCED) {
                found |= 1 << proxy.copyRevision;
            }
        }
        return found;
    }

    @Override
    public String toString() {
        String phase = closed ? "closed" : epoch == 2 ? "REVERSIBLE" : "READY";
        StringBuilder text = new StringBuilder(phase + ", epoch " + epoch + ", fenced:"
                + (fence[BLUE] != 0 ? " BLUE for " + fence[BLUE] : "")
                + (fence[GREEN] != 0 ? " GREEN for " + fence[GREEN] : ""));
        for (int i = 0; i < proxies.length; i++) {
            text.append("; proxy ").append(i + 1).append(": ").append(proxies[i]);
        }
        return text.toString();
    }
}
