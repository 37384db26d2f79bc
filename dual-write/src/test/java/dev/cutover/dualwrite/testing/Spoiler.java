// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;

/** Decides which message of an exchange is spoilt. Shared by the relays through which the exchange runs. */
public final class Spoiler implements AutoCloseable {
    /** What happens to the message. */
    public enum Kind {
        /** The connection is reset. A row to the server is lost, or the answer to what the server has done. */
        RESET("dcf", "ZGHdc"),
        /** The server is asked to cancel what it runs: after a message to it, before one from it is passed on. */
        CANCEL("SQdc", "GHd"),
        /** The text of a statement or a row to the server is overwritten, and the server refuses it. */
        OVERWRITE("PQd", "");

        private final String toServer;
        private final String fromServer;

        Kind(String toServer, String fromServer) {
            this.toServer = toServer;
            this.fromServer = fromServer;
        }

        boolean concerns(boolean fromClient, char type) {
            return (fromClient ? toServer : fromServer).indexOf(type) >= 0;
        }
    }

    private final Connection connection;
    private Kind kind = Kind.RESET;
    private int left;
    private boolean spoilt;

    /** @param connection a superuser's, to cancel statements; closed with this */
    public Spoiler(Connection connection) {
        this.connection = connection;
    }

    /** From now on: the message of that number, among those that this kind concerns, is spoilt. Counts from 1. */
    public synchronized void arm(Kind next, int number) {
        kind = next;
        left = number;
        spoilt = false;
    }

    /** Lets all messages pass. @return whether one was spoilt */
    public synchronized boolean disarm() {
        left = 0;
        return spoilt;
    }

    /** Counts a message. @return how to spoil it; null to pass it on */
    synchronized Kind next(boolean fromClient, char type) {
        if (left == 0 || !kind.concerns(fromClient, type)) {
            return null;
        }
        spoilt = --left == 0;
        return spoilt ? kind : null;
    }

    void cancel(int backend) {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_cancel_backend(?)")) {
            statement.setInt(1, backend);
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException("cannot cancel backend " + backend, e);
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /** Overwrites the text: a Parse message has the statement's name before it, and the number of types behind it. */
    static void overwrite(char type, byte[] body) {
        int from = 0;
        int to = body.length;
        if (type == 'P') {
            from = end(body, 0) + 1;
        }
        if (type != 'd') {
            to = end(body, from);
        }
        Arrays.fill(body, from, to, (byte) '?');
    }

    private static int end(byte[] body, int from) {
        int end = from;
        while (body[end] != 0) {
            end++;
        }
        return end;
    }
}
