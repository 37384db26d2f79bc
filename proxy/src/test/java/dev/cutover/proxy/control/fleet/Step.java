// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

/** A step of the modelled fleet, in words. */
enum Step {
    BEGIN(Kind.CLIENT, "a client of %s begins a transaction"),
    WRITE(Kind.PROTOCOL, "%s sends the transaction's write to the side of its route"),
    REFUSED(Kind.PROTOCOL, "%s sends the transaction's write, and the fence refuses it"),
    ACKNOWLEDGE_WRITE(Kind.PROTOCOL, "the server commits a transaction of %s, and the client is told"),

    READ(Kind.PROTOCOL, "%s reads the row, and closes its gate if the row asks for it"),
    CLOSE(Kind.PROTOCOL, "%s closes its gate"),
    ACKNOWLEDGE(Kind.PROTOCOL, "%s acknowledges"),
    OPEN(Kind.PROTOCOL, "%s takes the row's route and opens its gate"),
    TAKE(Kind.PROTOCOL, "%s takes the row's route"),
    OPEN_WITHOUT_CONTROL(Kind.PROTOCOL, "%s opens its gate without the control database"),

    ANNOUNCE(Kind.OPERATOR, "%s records SWITCHING and closes its gate"),
    AWAIT(Kind.PROTOCOL, "%s sees that all other live proxies have acknowledged"),
    FENCE(Kind.PROTOCOL, "%s fences the side that serves"),
    SETTLE(Kind.PROTOCOL, "%s carries the last marks over"),
    SEND_COMMIT(Kind.PROTOCOL, "%s sends the commit"),
    COMMIT(Kind.PROTOCOL, "the control database records the commit of %s"),
    COMMIT_FAILS(Kind.PROTOCOL, "%s cannot commit: the row has changed"),
    PUBLISH(Kind.PROTOCOL, "%s publishes the new route and opens its gate"),
    CANCEL(Kind.PROTOCOL, "%s cancels: gives everything back and opens its gate"),
    OPEN_THE_ROW(Kind.PROTOCOL, "%s records that gates may open"),
    GIVE_UP(Kind.PROTOCOL, "%s ends an operation: the tenant's database does not let it in"),
    RELOAD(Kind.PROTOCOL, "%s does not know the outcome and reads the row again"),
    RESYNC(Kind.PROTOCOL, "resync of %s carries the marks over"),

    CLAIM(Kind.PROTOCOL, "%s claims the tenant"),
    EXPEL(Kind.PROTOCOL, "%s expels the leader before"),
    GIVE_BACK(Kind.PROTOCOL, "%s lifts the fence of the side that the row names and fences the other"),
    RESUME(Kind.PROTOCOL, "%s resumes mirroring, publishes the route and opens its gate"),
    UNDO_A_RECORDED_FLIP(Kind.PROTOCOL, "%s undoes the flip although it is recorded"),

    LEASE_RUNS_OUT(Kind.PROTOCOL, "the lease of %s runs out"),
    RENEW(Kind.PROTOCOL, "%s renews its lease"),
    REJOIN(Kind.PROTOCOL, "%s joins again under another id"),
    CATCH_UP(Kind.PROTOCOL, "%s gives its maintenance sessions its present id"),

    STOP(Kind.ENVIRONMENT, "%s is stopped"),
    WAKE(Kind.ENVIRONMENT, "%s wakes"),
    CRASH(Kind.ENVIRONMENT, "%s crashes"),
    RESTART(Kind.ENVIRONMENT, "%s starts again as a new process"),
    CUT_OFF(Kind.ENVIRONMENT, "%s is cut off from the control database"),
    RECONNECT(Kind.ENVIRONMENT, "%s reaches the control database again"),
    LOSE_SESSION(Kind.ENVIRONMENT, "%s loses its session with the control database"),
    LOSE_ANSWER(Kind.ENVIRONMENT, "the answer to the commit of %s is lost"),
    CONTROL_RESTARTS(Kind.ENVIRONMENT, "the control database restarts: every proxy counts as dead");

    enum Kind {
        CLIENT,
        PROTOCOL,
        OPERATOR,
        ENVIRONMENT
    }

    final Kind kind;
    private final String words;

    Step(Kind kind, String words) {
        this.kind = kind;
        this.words = words;
    }

    String of(int proxy) {
        return words.formatted("proxy " + (proxy + 1));
    }
}
