// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import java.time.Instant;
import java.util.List;

/**
 * One client session, as an operator wants to see it.
 *
 * @param pid the number that the client knows as its backend's process id
 * @param state {@code idle}, {@code held}, {@code waiting for a backend}, {@code in transaction}, {@code pinned} or
 *     {@code session mode}
 * @param pinned why the session must keep its backend connection; empty if it can move
 */
public record SessionView(
        int pid,
        String user,
        String client,
        String applicationName,
        String state,
        Instant connectedAt,
        List<String> pinned) {
    public SessionView {
        pinned = List.copyOf(pinned);
    }
}
