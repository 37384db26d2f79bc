// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/** One proxy of a {@link FleetState}, with what the databases know of it and what its clients have written. */
final class ProxyState {
    static final int WRITES = 2;

    /** {@link #life}. */
    static final int RUNNING = 0;

    static final int STOPPED = 1;
    static final int CRASHED = 2;

    /** {@link #member}: how the control database counts the proxy. */
    static final int LIVE = 0;

    /** Counted as dead, for its session has ended; its lease runs, so it may come back under its id. */
    static final int DARK = 1;

    /** Its lease has run out, or its id was struck off: it comes back under another id. */
    static final int OUT = 2;

    /** {@link #named}: whether the row names the proxy as the tenant's leader. */
    static final int BY_ITS_ID = 1;

    static final int BY_A_FORMER_ID = 2;

    /** {@link #transaction}. */
    static final int BEGUN = 1;

    static final int EXECUTED = 2;

    /** Bits of {@link #writes}; bits 0 and 1 tell on which sides the row is. */
    static final int MARKED = 4;

    static final int DONE = 8;

    int life;
    boolean cut;
    int member;
    int named;
    /** The row as the proxy read it last. */
    boolean copyClosed;

    int copyEpoch;
    int copyRevision;
    /** The revision that it acknowledged; negative for none that anybody may ask for. */
    int acknowledged;
    /** The epoch of its route. */
    int route;

    boolean gateClosed;
    int transaction;
    int transactionEpoch;
    final int[] writes = new int[WRITES];
    /** Whether the proxy believes that it leads the tenant. */
    boolean leads;

    Stage stage = Stage.NONE;
    /** Whether a commit of the flip is under way in the control database. */
    boolean pending;
    /** The epoch of the plan that its resync carries by; zero if none runs. */
    int carries;
    /** Its id gets no maintenance session in the tenant's database. */
    boolean expelled;
    /** The leader must expel it before anything else. */
    boolean toExpel;
    /** It was stopped, cut off or counted as dead at some time: its clients may get errors. */
    boolean suspect;

    /** How far the operation of a proxy that leads, or led, has come. */
    enum Stage {
        NONE,
        /** SWITCHING is recorded, the own gate is closed. */
        ANNOUNCED,
        /** The other live proxies have acknowledged. */
        ACKNOWLEDGED,
        FENCED,
        SETTLED,
        /** The commit was sent. */
        COMMITTING,
        /** The commit was answered. */
        COMMITTED,
        /** The outcome of a save is unknown, or it has failed. */
        DOUBTFUL,
        /** Leads since a moment ago: the leader before is to be expelled. */
        CLAIMED,
        /** May undo or resume what the row says. */
        RECOVERING,
        /** The databases are as the phase before wants them. */
        GIVEN_BACK,
        /** The row says the phase before, the databases do not yet. */
        ROW_GIVEN_BACK,
        /** Has taken a recorded flip for a failed one. */
        MISLED
    }

    private static final Stage[] STAGES = Stage.values();

    boolean running() {
        return life == RUNNING;
    }

    /** Whether it runs and the control database answers. */
    boolean connected() {
        return life == RUNNING && !cut;
    }

    /** Whether its copy of the row still matters. */
    boolean reads() {
        return life != CRASHED || pending;
    }

    /** The slot of the next write; negative if its clients have made theirs. */
    int freeWrite(int most) {
        for (int i = 0; i < most; i++) {
            if (writes[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    void copyFrom(ProxyState other) {
        life = other.life;
        cut = other.cut;
        member = other.member;
        named = other.named;
        copyClosed = other.copyClosed;
        copyEpoch = other.copyEpoch;
        copyRevision = other.copyRevision;
        acknowledged = other.acknowledged;
        route = other.route;
        gateClosed = other.gateClosed;
        transaction = other.transaction;
        transactionEpoch = other.transactionEpoch;
        System.arraycopy(other.writes, 0, writes, 0, WRITES);
        leads = other.leads;
        stage = other.stage;
        pending = other.pending;
        carries = other.carries;
        expelled = other.expelled;
        toExpel = other.toExpel;
        suspect = other.suspect;
    }

    /** A process has ended; what the databases know of it stays. */
    void forget() {
        cut = false;
        acknowledged = -1;
        route = 0;
        gateClosed = false;
        transaction = 0;
        transactionEpoch = 0;
        leads = false;
        stage = Stage.NONE;
        carries = 0;
        expelled = false;
        toExpel = false;
    }

    long pack(int[] ranks) {
        Packing word = new Packing();
        word.add(life, 2).add(cut).add(member, 2).add(named, 2);
        boolean reads = reads();
        word.add(reads && copyClosed).add(reads ? copyEpoch : 0, 3).add(reads ? rank(ranks, copyRevision) : 0, 2);
        word.add(rank(ranks, acknowledged) + 1, 3);
        word.add(route, 3).add(gateClosed).add(transaction, 2).add(transactionEpoch, 3);
        word.add(Math.min(writes[0], writes[1]), 4).add(Math.max(writes[0], writes[1]), 4);
        word.add(leads).add(stage.ordinal(), 4).add(pending).add(carries, 3);
        word.add(expelled).add(toExpel).add(suspect);
        return word.bits;
    }

    void unpack(long bits, int newest) {
        Packing word = new Packing();
        word.bits = bits;
        life = word.take(2);
        cut = word.take();
        member = word.take(2);
        named = word.take(2);
        copyClosed = word.take();
        copyEpoch = word.take(3);
        copyRevision = newest - word.take(2);
        int rank = word.take(3) - 1;
        acknowledged = rank < 0 ? -1 : newest - rank;
        route = word.take(3);
        gateClosed = word.take();
        transaction = word.take(2);
        transactionEpoch = word.take(3);
        writes[1] = word.take(4);
        writes[0] = word.take(4);
        leads = word.take();
        stage = STAGES[word.take(4)];
        pending = word.take();
        carries = word.take(3);
        expelled = word.take();
        toExpel = word.take();
        suspect = word.take();
    }

    private static int rank(int[] ranks, int revision) {
        for (int i = 0; i < ranks.length; i++) {
            if (ranks[i] == revision && revision >= 0) {
                return i;
            }
        }
        return -1;
    }

    /** Fields of a word, the first in the lowest bits. */
    private static final class Packing {
        private long bits;
        private int at;

        Packing add(long value, int width) {
            bits |= value << at;
            at += width;
            return this;
        }

        Packing add(boolean value) {
            return add(value ? 1 : 0, 1);
        }

        int take(int width) {
            int value = (int) (bits >>> at) & (1 << width) - 1;
            at += width;
            return value;
        }

        boolean take() {
            return take(1) != 0;
        }
    }

    @Override
    public String toString() {
        String flags = (named == BY_ITS_ID ? " named" : named == BY_A_FORMER_ID ? " named-formerly" : "")
                + (leads ? " leads" : "")
                + (member == LIVE ? "" : member == DARK ? " dark" : " out")
                + (cut ? " cut" : "")
                + (expelled ? " expelled" : "")
                + (toExpel ? " to-expel" : "")
                + (carries != 0 ? " carries" + carries : "")
                + (pending ? " commit-under-way" : "")
                + (stage == Stage.NONE ? "" : " " + stage);
        String client = transaction == 0 ? "" : (transaction == BEGUN ? " begun" : " wrote") + transactionEpoch;
        StringBuilder written = new StringBuilder();
        for (int write : writes) {
            if (write != 0) {
                written.append(' ')
                        .append((write & 1) != 0 ? "B" : "")
                        .append((write & 2) != 0 ? "G" : "")
                        .append((write & MARKED) != 0 ? "*" : "");
            }
        }
        return (life == RUNNING ? "" : life == STOPPED ? "stopped " : "crashed ") + "route " + route
                + (gateClosed ? " closed" : " open") + flags + client + written;
    }
}
