// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/** A transaction that a flip waited for in vain. */
public record Blocker(int pid, String client, String user, String state, long ageMillis, String query) {
    /** The same, named by the proxy that runs it. */
    public Blocker at(String proxy) {
        return new Blocker(pid, client + " at " + proxy, user, state, ageMillis, query);
    }
}
