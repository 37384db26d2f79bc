// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transfer;

import java.io.ByteArrayOutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.copy.CopyOut;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams rows from one database into another by COPY, in text format. Holds some small rows, or one large row, at a time. Both
 * connections are left in step with their servers, or closed.
 */
public final class CopyStream {
    private static final Logger LOG = LoggerFactory.getLogger(CopyStream.class);
    private static final int BUFFER_BYTES = 64 * 1024;

    private CopyStream() {}

    /**
     * The idle side's COPY begins first: it may have to wait for a lock in vain, and then the serving side has sent nothing yet.
     *
     * @param query of the rows on the serving side
     * @param into the idle side's COPY FROM STDIN
     * @return the number of rows
     */
    public static long run(Connection from, String query, Connection to, String into) throws SQLException {
        CopyIn in = to.unwrap(PGConnection.class).getCopyAPI().copyIn(into);
        try {
            CopyOut out = from.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (" + query + ") TO STDOUT");
            try {
                ByteArrayOutputStream buffer = new ByteArrayOutputStream(BUFFER_BYTES);
                byte[] row = out.readFromCopy();
                while (row != null) {
                    if (buffer.size() + row.length >= BUFFER_BYTES) {
                        send(in, buffer);
                    }
                    if (row.length >= BUFFER_BYTES) {
                        in.writeToCopy(row, 0, row.length);
                    } else {
                        buffer.write(row, 0, row.length);
                    }
                    row = out.readFromCopy();
                }
                send(in, buffer);
                return in.endCopy();
            } finally {
                readToTheEnd(out, from);
            }
        } finally {
            cancel(in, to);
        }
    }

    /**
     * Reads what is left of a COPY that nobody needs any more. To cancel it would be a race: the server may have sent all of it
     * already, and the cancel request would hit the connection's next statement.
     */
    private static void readToTheEnd(CopyOut out, Connection connection) {
        try {
            while (out.isActive() && out.readFromCopy() != null) {
                // A chunk is small.
            }
        } catch (SQLException e) {
            close(connection);
        }
    }

    private static void cancel(CopyIn in, Connection connection) {
        if (in.isActive()) {
            try {
                in.cancelCopy();
            } catch (SQLException e) {
                close(connection);
            }
        }
    }

    /** Closes a connection whose state is not known: from a pool, somebody else would get it. What broke it is being thrown. */
    private static void close(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            LOG.warn("a connection with an unfinished COPY could not be closed", e);
        }
    }

    private static void send(CopyIn in, ByteArrayOutputStream buffer) throws SQLException {
        in.writeToCopy(buffer.toByteArray(), 0, buffer.size());
        buffer.reset();
    }
}
