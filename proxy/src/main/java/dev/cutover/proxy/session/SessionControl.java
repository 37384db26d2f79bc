// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.proxy.session.shared.ReadHold;
import dev.cutover.proxy.wire.ErrorFields;

/** What the parts of a session may ask of the whole. */
interface SessionControl {
    /** A reason to hold the client has gone; see {@link ReadHold}. */
    void release(int reason);

    /** Sends what is on its way to the backend and to the client. */
    void flush();

    /** ReadyForQuery has come. @param idle whether the transaction is over */
    void answered(boolean idle);

    /** The message for which no backend could be had is answered by this error. */
    void refuse(ErrorFields error);

    /** Takes the transaction back for an operator. */
    void cancelTransaction();

    /** Ends the session with an error. */
    void end(ErrorFields error);

    /** Closes the client's connection after what has been written to it. */
    void close();
}
