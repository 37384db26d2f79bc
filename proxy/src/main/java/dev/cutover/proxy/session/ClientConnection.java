// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.ClientStage;
import dev.cutover.proxy.session.shared.ReadHold;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** A client's connection, as the stages see it that come before a session. Belongs to the connection's event loop. */
public interface ClientConnection {
    Channel channel();

    /** What a SCRAM exchange can be bound to; null without TLS. */
    byte @Nullable [] endPoint();

    ReadHold flow();

    /** Whether the client will send nothing more. */
    boolean streamEnded();

    /** The login is done: what the client sends from now on is for this stage. */
    void handOver(ClientStage next);

    /**
     * The login is done: from now on the frames go to a session.
     *
     * @param own the backend that the session keeps, whose process id BackendKeyData names; null in transaction mode
     */
    CancelKeys.Key established(SessionContext context, int keyLength, @Nullable BackendConnection own);

    /** The login is done, of an operator: from now on the frames go to the admin database. */
    void administered(String user);

    /** Reads on: what the client has sent behind its login is for its new stage. */
    void proceed();

    /** Has the stage write what it has gathered. */
    void flush();

    /** Closes the connection once everything is written. */
    void closeAfterWriting();
}
