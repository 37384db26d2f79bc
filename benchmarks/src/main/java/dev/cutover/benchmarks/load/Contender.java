// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

/**
 * What a client can be pointed at.
 *
 * @param name as tables show it
 * @param port on loopback
 * @param database that clients name
 * @param pid of the process whose CPU time counts, its children included; 0 for the server itself
 */
record Contender(String name, int port, String database, long pid) {
    static final String DIRECT = "direct";
    static final String CUTOVER = "Cutover";

    static Contender direct(Server server) {
        return new Contender(DIRECT, server.port(), Server.DATABASE, 0);
    }

    /** In one schema. */
    static Contender direct(Server server, String schema) {
        return new Contender(
                DIRECT, server.port(), "dbname=" + Server.DATABASE + " options=-csearch_path=" + schema, 0);
    }

    /** The same proxy, for another tenant's clients. */
    Contender tenant(String tenant) {
        return new Contender(name, port, tenant, pid);
    }
}
