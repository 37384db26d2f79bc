// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import dev.cutover.config.Endpoint;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Messages;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses a server that is a connection pooler in transaction mode. The proxy would lose settings and prepared statements there, and
 * nobody would notice.
 *
 * <p>A pooler hands out a process id of its own, so {@code pg_backend_pid()} differs from what BackendKeyData said. In session mode
 * that does no harm. In transaction mode two connections get the same server process in turn, or one connection gets two of them. The
 * check asks two connections in the order A B A A B B: then it sees that whether the pooler takes its newest or its eldest free
 * server connection.
 */
final class PoolerCheck {
    private static final Logger LOG = LoggerFactory.getLogger(PoolerCheck.class);

    private static final String QUESTION = "SELECT pg_catalog.pg_backend_pid()";
    /** Which of the two connections is asked in each further turn. */
    private static final boolean[] FIRST = {true, true, false, false};

    /** How long a server may take for each answer: as long as for a login. */
    private static final int PATIENCE_SECONDS = 30;

    /** Poolers that keep a server process for each of their clients. */
    private final Set<Endpoint> sessionPoolers = ConcurrentHashMap.newKeySet();

    /** Opens a second connection like the first. */
    interface Opener {
        void open(Started result);
    }

    /** What has come of the login. Called on the connection's event loop. */
    interface Started {
        /** @param serverPid the process id of the server that answered */
        void started(BackendConnection connection, int serverPid);

        void refused(ErrorFields error);
    }

    /** Passes a connection on to the borrower unless it leads to a pooler in transaction mode. */
    void check(Endpoint endpoint, BackendConnection first, int serverPid, Opener opener, Borrower result) {
        if (serverPid == first.processId() || sessionPoolers.contains(endpoint)) {
            result.lent(first);
            return;
        }
        opener.open(new Started() {
            @Override
            public void started(BackendConnection second, int secondPid) {
                if (secondPid == serverPid) {
                    refuse(endpoint, first, second, result);
                } else {
                    ask(endpoint, new Pair(first, serverPid, second, secondPid), 0, result);
                }
            }

            @Override
            public void refused(ErrorFields error) {
                first.terminate();
                result.refused(error);
            }
        });
    }

    private record Pair(BackendConnection first, int firstPid, BackendConnection second, int secondPid) {}

    private void ask(Endpoint endpoint, Pair pair, int turn, Borrower result) {
        if (turn == FIRST.length) {
            LOG.info("pooler in session mode found: server={}", endpoint);
            sessionPoolers.add(endpoint);
            pair.second().terminate();
            result.lent(pair.first());
            return;
        }
        BackendConnection asked = FIRST[turn] ? pair.first() : pair.second();
        int expected = FIRST[turn] ? pair.firstPid() : pair.secondPid();
        new Question(
                        asked,
                        pid -> {
                            if (pid == expected) {
                                ask(endpoint, pair, turn + 1, result);
                            } else {
                                refuse(endpoint, pair.first(), pair.second(), result);
                            }
                        },
                        error -> {
                            pair.first().terminate();
                            pair.second().terminate();
                            result.refused(error);
                        })
                .send();
    }

    private static void refuse(Endpoint endpoint, BackendConnection first, BackendConnection second, Borrower result) {
        first.terminate();
        second.terminate();
        result.refused(ErrorFields.fatal(
                "0A000",
                "the server at " + endpoint + " is a connection pooler in transaction mode",
                "The proxy keeps settings and prepared statements on its server connections. Connect the cluster to"
                        + " PostgreSQL itself, or set the pooler to session mode."));
    }

    /** Asks a connection once for its server's process id. */
    private static final class Question implements BackendListener {
        private final BackendConnection connection;
        private final IntConsumer answer;
        private final Consumer<ErrorFields> failure;
        private int pid;
        private @Nullable ErrorFields error;
        private @Nullable Future<?> timeout;
        private boolean answered;

        Question(BackendConnection connection, IntConsumer answer, Consumer<ErrorFields> failure) {
            this.connection = connection;
            this.answer = answer;
            this.failure = failure;
        }

        void send() {
            if (!connection.active()) {
                backendClosed();
                return;
            }
            connection.lend(this);
            timeout = connection.channel().eventLoop().schedule(connection::cut, PATIENCE_SECONDS, TimeUnit.SECONDS);
            Messages.query(connection.outbox().appendable(), QUESTION, StandardCharsets.US_ASCII);
            connection.outbox().flush();
        }

        @Override
        public boolean frame(byte type, ByteBuf in, int start, int length) {
            if (type == BackendMessage.DATA_ROW) {
                pid = firstNumber(in, start + FrameReader.HEADER_LENGTH);
            } else if (type == BackendMessage.ERROR_RESPONSE) {
                error = ErrorFields.decode(in, start, length);
            } else if (type == BackendMessage.READY_FOR_QUERY && !answered) {
                end();
                connection.giveBack(System.nanoTime());
                if (error == null) {
                    answer.accept(pid);
                } else {
                    failure.accept(error.asFatal());
                }
            }
            return true;
        }

        @Override
        public void backendClosed() {
            if (!answered) {
                end();
                failure.accept(ErrorFields.fatal(
                        "08006", "the server closed the connection during login", "Look into the server's log."));
            }
        }

        private void end() {
            answered = true;
            if (timeout != null) {
                timeout.cancel(false);
            }
        }
    }

    /** {@code int16 columns, then for each int32 length, byte[length] value}: the first column as a number. */
    static int firstNumber(ByteBuf in, int body) {
        int length = in.getInt(body + 2);
        return Integer.parseInt(in.toString(body + 6, length, StandardCharsets.US_ASCII));
    }
}
