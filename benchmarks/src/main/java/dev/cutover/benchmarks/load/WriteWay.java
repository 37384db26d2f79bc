// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.util.List;

/**
 * A way to write a row and its counterpart.
 *
 * @param contender where its clients connect
 * @param plain the name of the way beside it that writes one side only
 * @param script the ending of its scripts' names
 * @param sides what must be equal after each run
 */
record WriteWay(Contender contender, String plain, String script, Sides sides) {
    /** Which of two sides there are. */
    sealed interface Sides {}

    /** Nothing is written twice. */
    record One() implements Sides {}

    /**
     * Two schemas of one database, of which the second has other columns.
     *
     * @param name without their versions
     */
    record Schemas(String name) implements Sides {
        String serving() {
            return name + "_v1";
        }

        String idle() {
            return name + "_v2";
        }
    }

    /** The same schema in two databases. */
    record Databases() implements Sides {}

    static final String DIRECT = "direct";
    static final String UNMIRRORED = "Cutover, not mirrored";
    static final String INLINE = "Cutover, inline";
    static final String DEFERRED = "Cutover, deferred";
    static final String BY_HAND = "one statement by hand, direct";
    static final String TRIGGER = "trigger, through Cutover";
    static final String OWN = "two statements of its own, through Cutover";

    /** @param proxy any tenant of it */
    static List<WriteWay> all(Server server, Contender proxy) {
        Sides trigger = new Schemas("trigger");
        return List.of(
                new WriteWay(direct(server, DIRECT, "plain"), DIRECT, "", new One()),
                new WriteWay(direct(server, BY_HAND, "hand_v1"), DIRECT, "-hand", new Schemas("hand")),
                new WriteWay(direct(server, "trigger, direct", "trigger_v1"), DIRECT, "", trigger),
                new WriteWay(
                        direct(server, "logical replication, direct", ReplicationScenario.SCHEMA),
                        DIRECT,
                        "",
                        new Databases()),
                new WriteWay(through(proxy, UNMIRRORED, "plain"), UNMIRRORED, "", new One()),
                new WriteWay(through(proxy, INLINE, "inline"), UNMIRRORED, "", new Schemas("inline")),
                new WriteWay(through(proxy, DEFERRED, "deferred"), UNMIRRORED, "", new Schemas("deferred")),
                new WriteWay(through(proxy, TRIGGER, "trigger"), UNMIRRORED, "", trigger),
                new WriteWay(through(proxy, OWN, "own"), UNMIRRORED, "-own", new Schemas("own")));
    }

    /** Whether its contender's database names a tenant that is in transition. */
    boolean moving() {
        return name().equals(INLINE) || name().equals(DEFERRED);
    }

    /** Whether its idle side may be behind. */
    boolean late() {
        return name().equals(DEFERRED) || sides instanceof Databases;
    }

    boolean proxied() {
        return contender.pid() != 0;
    }

    String name() {
        return contender.name();
    }

    /** As {@code psql} would be pointed at it. */
    private static Contender direct(Server server, String name, String schema) {
        return new Contender(name, server.port(), "dbname=" + Server.DATABASE + " options=-csearch_path=" + schema, 0);
    }

    private static Contender through(Contender proxy, String name, String tenant) {
        return new Contender(name, proxy.port(), tenant, proxy.pid());
    }
}
