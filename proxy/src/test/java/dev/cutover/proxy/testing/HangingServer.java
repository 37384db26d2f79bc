// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import dev.cutover.config.Endpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Stands before a server and passes what comes, until it is told to keep what its connections send to itself. */
public final class HangingServer implements AutoCloseable {
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Passage> passages = new CopyOnWriteArrayList<>();
    private volatile boolean lingers;

    /** One connection in both directions. */
    private static final class Passage {
        final Socket client;
        final Socket server;
        volatile boolean hangs;

        Passage(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void close() {
            try (client;
                    server) {
                // Both are closed.
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    public HangingServer(String host, int port) throws IOException {
        this(host, port, () -> {});
    }

    /** @param accepted what happens when a connection has come, before anything passes on it */
    public HangingServer(String host, int port, Runnable accepted) throws IOException {
        threads.submit(() -> {
            while (!listener.isClosed()) {
                Socket client = listener.accept();
                accepted.run();
                Passage passage = new Passage(client, new Socket(host, port));
                passages.add(passage);
                pass(passage, passage.client.getInputStream(), passage.server.getOutputStream());
                pass(passage, passage.server.getInputStream(), passage.client.getOutputStream());
            }
            return null;
        });
    }

    public Endpoint endpoint() {
        return new Endpoint("127.0.0.1", listener.getLocalPort());
    }

    /** From now on nothing passes on the connections that there are. New ones are served. */
    public void hang() {
        passages.forEach(passage -> passage.hangs = true);
    }

    /** From now on a connection stays open when the server has ended it, as when the server is slow to exit. */
    public void linger() {
        lingers = true;
    }

    private void pass(Passage passage, InputStream in, OutputStream out) {
        threads.submit(() -> {
            byte[] buffer = new byte[8192];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (!passage.hangs) {
                    out.write(buffer, 0, read);
                }
            }
            if (!lingers) {
                passage.close();
            }
            return null;
        });
    }

    @Override
    public void close() throws IOException {
        listener.close();
        passages.forEach(Passage::close);
        threads.shutdownNow();
    }
}
