// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/**
 * A line to a server, as through a network that can be partitioned. While it is cut, connections stay open and nothing passes. When it
 * is mended, what was sent meanwhile arrives, as by TCP's retransmission.
 */
public final class HeldLine implements AutoCloseable {
    private final IntSupplier target;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private boolean cut;

    /** @param target a port of this machine */
    public HeldLine(int target) throws IOException {
        this(() -> target);
    }

    /** @param target a port of this machine, asked for at each connection */
    public HeldLine(IntSupplier target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    public synchronized void cut() {
        cut = true;
    }

    public synchronized void mend() {
        cut = false;
        notifyAll();
    }

    private synchronized void awaitMended() throws InterruptedException {
        while (cut) {
            wait();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                open.add(client);
                start(() -> connect(client));
            } catch (IOException e) {
                // The listener is closed, or one connection did not come about.
            }
        }
    }

    private void connect(Socket client) {
        try {
            awaitMended();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target.getAsInt());
            server.setTcpNoDelay(true);
            client.setTcpNoDelay(true);
            open.add(server);
            start(() -> pass(server, client));
            pass(client, server);
        } catch (IOException e) {
            close(client);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pass(Socket from, Socket to) {
        byte[] buffer = new byte[65_536];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                awaitMended();
                out.write(buffer, 0, n);
            }
            // The end of a connection passes no cut, either.
            awaitMended();
        } catch (IOException e) {
            // One of the two has ended.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        close(from);
        close(to);
    }

    private void close(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone anyway.
        }
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "held-line");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        mend();
        open.forEach(this::close);
    }
}
