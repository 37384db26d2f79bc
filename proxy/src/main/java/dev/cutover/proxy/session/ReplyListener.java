// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.buffer.ByteBuf;

/** What a session must know of the replies that pass. */
interface ReplyListener {
    /**
     * A statement whose effects are followed has succeeded.
     *
     * @param rolledBack whether the command tag says ROLLBACK, as that of a COMMIT which failed does
     */
    void completed(Running from, Statement statement, boolean rolledBack);

    /** The client gets RowDescription or NoData for the statement. */
    void described(Running from, Variant variant, byte type, ByteBuf in, int start, int length);

    /** RowDescription or NoData has come for a statement that the proxy has asked about. */
    void toldShape(Running from, Variant variant, byte type, ByteBuf in, int start, int length);

    /** What the proxy has asked about a statement will not be answered: something has failed. */
    void shapeNotTold();

    /** A message of the client was answered by an error. */
    void failed();

    /** ReadyForQuery has come for a message of the client. */
    void ready(byte status);

    /** A DEALLOCATE is answered, or was never run. */
    void deallocated();

    /** The server has refused settings that the session needs. */
    void settingsRefused(ErrorFields error);

    /** A change of settings, or what belongs to it, is answered. */
    void settingsApplied();

    /** The transaction has been taken back, unasked. */
    void aborted();

    /** The question which reasons still pin the session is answered; without success nothing is known. */
    void inquired(boolean success);

    /** COPY data is expected from the client now. */
    void copyIn();

    /** It cannot be known how many ReadyForQuery the server still sends. */
    void outOfStep();
}
