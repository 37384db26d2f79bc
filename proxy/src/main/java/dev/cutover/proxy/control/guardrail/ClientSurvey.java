// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.dualwrite.readcompare.ReadCounts.Compared;
import dev.cutover.proxy.route.DescribedStatement;
import dev.cutover.proxy.route.SessionView;
import java.util.List;

/**
 * What the clients of one proxy hold of a tenant, and have sent, that a flip may break.
 *
 * @param sessions those that keep their backend connection
 * @param prepared statements that sessions hold prepared and have described
 * @param writes fingerprints of what clients have sent that writes
 * @param reads those that were run on both sides
 */
public record ClientSurvey(
        List<SessionView> sessions, List<Prepared> prepared, List<String> writes, List<Compared> reads) {
    public ClientSurvey {
        sessions = List.copyOf(sessions);
        prepared = List.copyOf(prepared);
        writes = List.copyOf(writes);
        reads = List.copyOf(reads);
    }

    /** A statement and how many sessions hold it. */
    public record Prepared(DescribedStatement statement, int sessions) {}
}
