// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

/**
 * The cycle that a client is sending: a simple Query, a FunctionCall, or the messages of the extended protocol up to Sync. The
 * server answers each cycle by one ReadyForQuery.
 */
final class Cycle {
    /** Whether the last message that was sent ended a cycle, so that the next one may begin a transaction. */
    private boolean boundary = true;

    /** Whether the message that is at hand is the first one of its cycle. */
    private boolean first;

    private long number;

    /** How many Binds of the session's statements and how many Executes were sent in this cycle, and in the one before. */
    private int binds;

    private int executes;
    private int bindsBefore;
    private int executesBefore;

    /** A backend is prepared for the message that has asked for it: there is nothing to yield before it. */
    void begins() {
        boundary = false;
        first = true;
    }

    /** A message of the client that asks for something is about to be sent. */
    void requestBegins() {
        first |= boundary;
        boundary = false;
    }

    /** The message has to wait after all. @param before whether it was at a boundary */
    void requestWaits(boolean before) {
        boundary = before;
    }

    /** A message of the client has been sent. */
    void requestSent() {
        first = false;
    }

    /** A simple Query or a FunctionCall has been sent, or been answered without the server. */
    void ends() {
        boundary = true;
    }

    /** Sync has been sent. */
    void synced() {
        boundary = true;
        number++;
        bindsBefore = binds;
        executesBefore = executes;
        binds = 0;
        executes = 0;
    }

    boolean atBoundary() {
        return boundary;
    }

    /** Whether the message that is at hand is the first one of its cycle. */
    boolean atFirst() {
        return first;
    }

    /** A number that grows with each Sync. */
    long number() {
        return number;
    }

    /** A Bind of a statement of the session is about to be sent. @return whether it is the first one of its cycle */
    boolean binding() {
        binds++;
        return binds == 1;
    }

    /** An Execute is about to be sent. */
    void executing() {
        executes++;
    }

    /** Whether the cycle that was sent last had one Bind and one Execute, and nothing has been bound or executed since. */
    boolean lastRanOne() {
        return bindsBefore == 1 && executesBefore == 1 && binds == 0 && executes == 0;
    }
}
