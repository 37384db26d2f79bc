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

    /** Its id was struck off by the proxy that has claimed the tenant from it: it comes back under another id. */
    static final int OUT = 2;

    /** Its lease has run out: it comes back under its id, if that was not struck off meanwhile. */
    static final int LAPSED = 3;

    private static final String[] MEMBERS = {"", " dark", " out", " lapsed"};

    /** {@link #transaction}. */
    static final int BEGUN = 1;

    static final int EXECUTED = 2;

    /** {@link #writes}: zero for one that was not made. Bits 0 and 1 tell on which sides the row is. */
    static final int MARKED = 4;

    static final int ON_BOTH = 3;

    /** On no side. */
    static final int LOST = 8;

    /** The rank of a revision that nobody will compare with, and what a proxy has said of such a row, as they are packed. */
    private static final int OLD = 7;

    private static final int NOTHING_TO_SAY = 7;

    int life;
    /** It does not reach the control database. */
    boolean cut;

    int member;
    /** Whether the row names the proxy as the tenant's leader. */
    boolean named;
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
    /** Its maintenance sessions still have the id that it had before its lease ran out. */
    boolean lags;
    /** Its id gets no maintenance session in the tenant's database. */
    boolean expelled;
    /** The leader must expel its id before anything else. */
    boolean toExpel;
    /** The same, of its former id while its sessions have that one. */
    boolean formerExpelled;

    boolean formerToExpel;
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

    /** A write that was made on one side and is marked. */
    static int markedOn(int side) {
        return (1 << side) | MARKED;
    }

    static boolean isOn(int write, int side) {
        return (write & (1 << side)) != 0;
    }

    boolean running() {
        return life == RUNNING;
    }

    /** Whether it runs and the control database answers. */
    boolean connected() {
        return life == RUNNING && !cut;
    }

    /** Whether the tenant's database lets its maintenance sessions in. */
    boolean maintains() {
        return !(lags ? formerExpelled : expelled);
    }

    /** Whether it runs nothing for the tenant but its clients. */
    boolean idle() {
        return !leads && stage == Stage.NONE && carries == 0;
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
        lags = other.lags;
        formerExpelled = other.formerExpelled;
        formerToExpel = other.formerToExpel;
        suspect = other.suspect;
    }

    /** The process has ended. What the databases know of it stays. */
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
        catchUp();
    }

    /** Its sessions have its present id. */
    void catchUp() {
        lags = false;
        formerExpelled = false;
        formerToExpel = false;
    }

    /**
     * Packs what a later step can see.
     *
     * @param revisions that a later step may compare with, a bit each
     */
    @SuppressWarnings("EnumOrdinal") // no packed state outlives the process
    long pack(int revisions) {
        boolean reads = life != CRASHED || pending;
        int copy = reads ? rank(revisions, copyRevision) : 0;
        int said = rank(revisions, acknowledged);
        // It reads the row again before it takes an epoch from it.
        boolean holds = copyClosed && !leads && stage == Stage.NONE && !pending;
        long bits = bit(lags);
        bits = (bits << 1) | bit(formerExpelled);
        bits = (bits << 1) | bit(formerToExpel);
        bits = (bits << 2) | life;
        bits = (bits << 1) | bit(cut);
        bits = (bits << 2) | member;
        bits = (bits << 2) | bit(named);
        bits = (bits << 1) | bit(reads && copyClosed);
        bits = (bits << 3) | (reads && !holds ? copyEpoch : 0);
        bits = (bits << 3) | copy;
        bits = (bits << 3) | (said == OLD && copy == OLD ? NOTHING_TO_SAY : said == OLD ? 0 : said + 1);
        bits = (bits << 3) | route;
        bits = (bits << 1) | bit(gateClosed);
        bits = (bits << 2) | transaction;
        bits = (bits << 3) | transactionEpoch;
        bits = (bits << 4) | Math.min(writes[0], writes[1]);
        bits = (bits << 4) | Math.max(writes[0], writes[1]);
        bits = (bits << 1) | bit(leads);
        bits = (bits << 4) | stage.ordinal();
        bits = (bits << 1) | bit(pending);
        bits = (bits << 3) | carries;
        bits = (bits << 1) | bit(expelled);
        bits = (bits << 1) | bit(toExpel);
        return (bits << 1) | bit(suspect);
    }

    private static long bit(boolean value) {
        return value ? 1 : 0;
    }

    /** The fields in the opposite order. */
    void unpack(long packed) {
        long bits = packed;
        suspect = (bits & 1) != 0;
        toExpel = ((bits >> 1) & 1) != 0;
        expelled = ((bits >> 2) & 1) != 0;
        carries = (int) (bits >> 3) & 7;
        pending = ((bits >> 6) & 1) != 0;
        stage = STAGES[(int) (bits >> 7) & 15];
        leads = ((bits >> 11) & 1) != 0;
        writes[0] = (int) (bits >> 12) & 15;
        writes[1] = (int) (bits >> 16) & 15;
        transactionEpoch = (int) (bits >> 20) & 7;
        transaction = (int) (bits >> 23) & 3;
        gateClosed = ((bits >> 25) & 1) != 0;
        route = (int) (bits >> 26) & 7;
        int said = (int) (bits >> 29) & 7;
        copyRevision = FleetState.NEWEST - ((int) (bits >> 32) & 7);
        acknowledged = said == 0 ? -1 : said == NOTHING_TO_SAY ? copyRevision : FleetState.NEWEST - (said - 1);
        copyEpoch = (int) (bits >> 35) & 7;
        copyClosed = ((bits >> 38) & 1) != 0;
        named = ((bits >> 39) & 1) != 0;
        member = (int) (bits >> 41) & 3;
        cut = ((bits >> 43) & 1) != 0;
        life = (int) (bits >> 44) & 3;
        formerToExpel = ((bits >> 46) & 1) != 0;
        formerExpelled = ((bits >> 47) & 1) != 0;
        lags = ((bits >> 48) & 1) != 0;
    }

    /** How many of the revisions are newer; if this one is not among them, nobody will compare with it. */
    private static int rank(int revisions, int revision) {
        boolean there = revision >= 0 && ((revisions >>> revision) & 1) != 0;
        return there ? Integer.bitCount(revisions >>> (revision + 1)) : OLD;
    }

    @Override
    public String toString() {
        String flags = (named ? " named" : "")
                + (leads ? " leads" : "")
                + MEMBERS[member]
                + (cut ? " cut" : "")
                + (expelled ? " expelled" : "")
                + (toExpel ? " to-expel" : "")
                + (lags ? " sessions-lag" : "")
                + (formerExpelled ? " former-expelled" : "")
                + (formerToExpel ? " former-to-expel" : "")
                + (carries != 0 ? " carries" + carries : "")
                + (pending ? " commit-under-way" : "")
                + (stage == Stage.NONE ? "" : " " + stage);
        String client = transaction == 0 ? "" : (transaction == BEGUN ? " begun" : " wrote") + transactionEpoch;
        StringBuilder written = new StringBuilder();
        for (int write : writes) {
            if (write != 0) {
                written.append(' ')
                        .append(isOn(write, FleetState.BLUE) ? "B" : "")
                        .append(isOn(write, FleetState.GREEN) ? "G" : "")
                        .append((write & MARKED) != 0 ? "*" : "")
                        .append(write == LOST ? "lost" : "");
            }
        }
        return (life == RUNNING ? "" : life == STOPPED ? "stopped " : "crashed ") + "route " + route
                + (gateClosed ? " closed" : " open") + flags + client + written;
    }
}
