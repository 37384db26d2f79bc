// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import dev.cutover.dualwrite.testing.Spoiler.Kind;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Passes the messages of the wire protocol (manual, "Message Formats") between clients and the server, and spoils one of them. Takes
 * connections without TLS.
 */
public final class MessageRelay implements AutoCloseable {
    private final TestServer server;
    private final Spoiler spoiler;
    private final ServerSocket listener;
    private final Set<Line> open = ConcurrentHashMap.newKeySet();

    public MessageRelay(TestServer server, Spoiler spoiler) throws IOException {
        this.server = server;
        this.spoiler = spoiler;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Line line = new Line(listener.accept(), new Socket(server.host(), server.port()));
                open.add(line);
                start(() -> line.pass(line.client, line.server, true));
                start(() -> line.pass(line.server, line.client, false));
            } catch (IOException e) {
                // The listener is closed, or one connection did not come about.
            }
        }
    }

    private static void start(Runnable task) {
        Thread thread = new Thread(task, "message-relay");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(Line::reset);
    }

    /** One client's connection. */
    private final class Line {
        private final Socket client;
        private final Socket server;
        private volatile int backend;
        /** Whether a Parse has come since the last Sync: if one fails, so do those behind it. */
        private boolean parsed;

        Line(Socket client, Socket server) throws IOException {
            this.client = client;
            this.server = server;
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        }

        void pass(Socket from, Socket to, boolean fromClient) {
            try {
                DataInputStream in = new DataInputStream(new BufferedInputStream(from.getInputStream(), 1 << 16));
                DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to.getOutputStream(), 1 << 16));
                if (fromClient) {
                    // A startup message or a cancel request, which have no type.
                    int length = in.readInt();
                    out.writeInt(length);
                    out.write(in.readNBytes(length - Integer.BYTES));
                }
                while (true) {
                    if (in.available() == 0) {
                        out.flush();
                    }
                    passMessage(in, out, fromClient);
                }
            } catch (IOException e) {
                // One end has closed its connection, or it was reset.
                reset();
            }
        }

        private void passMessage(DataInputStream in, DataOutputStream out, boolean fromClient) throws IOException {
            char type = (char) in.readByte();
            int length = in.readInt();
            byte[] body = in.readNBytes(length - Integer.BYTES);
            if (!fromClient && type == 'K') {
                backend = ByteBuffer.wrap(body).getInt();
            }
            boolean repeated = fromClient && type == 'P' && parsed;
            if (fromClient) {
                parsed = type == 'P' || parsed && type != 'S';
            }
            Kind spoilt = repeated ? null : spoiler.next(fromClient, type);
            if (spoilt == Kind.RESET) {
                out.flush();
                throw new IOException("spoilt");
            } else if (spoilt == Kind.OVERWRITE) {
                Spoiler.overwrite(type, body);
            } else if (spoilt == Kind.CANCEL && !fromClient) {
                spoiler.cancel(backend);
            }
            out.writeByte(type);
            out.writeInt(length);
            out.write(body);
            if (spoilt == Kind.CANCEL && fromClient) {
                out.flush();
                spoiler.cancel(backend);
            }
        }

        void reset() {
            open.remove(this);
            for (Socket socket : new Socket[] {client, server}) {
                try {
                    socket.setSoLinger(true, 0);
                    socket.close();
                } catch (IOException e) {
                    // It is closed already.
                }
            }
        }
    }
}
