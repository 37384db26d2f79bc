// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.session.state.Pins;
import dev.cutover.proxy.session.statement.ClientStatements;
import dev.cutover.proxy.session.statement.SqlPreparedStatements;
import dev.cutover.proxy.wire.Outbox;

/**
 * What a reply may change: what the client gets, and what its session knows.
 *
 * @param listener what else the session does when a reply has come
 */
record ReplyScope(
        Outbox client,
        ClientStatements statements,
        SqlPreparedStatements sqlPrepared,
        Pins pins,
        ReplyListener listener) {}
