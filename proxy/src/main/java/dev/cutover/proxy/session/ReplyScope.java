package dev.cutover.proxy.session;

import dev.cutover.proxy.wire.Outbox;

/**
 * What a reply may change: what the client gets, and what its session knows.
 *
 * @param listener what else the session does when a reply has come
 */
record ReplyScope(
        Outbox client, PreparedStatements statements, SqlPrepared sqlPrepared, Pins pins, ReplyListener listener) {}
