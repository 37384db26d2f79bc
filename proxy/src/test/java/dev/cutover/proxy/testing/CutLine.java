// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A line to a server that is cut at a chosen request, until {@link #mend}: either the server gets it and the answer is lost, or it
 * does not get there. All connections are lost then.
 */
public final class CutLine implements AutoCloseable {
    private final int target;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private volatile @Nullable String trigger;
    /** The connection whose next answer is lost. */
    private volatile @Nullable Socket cutting;

    private volatile boolean before;
    private volatile boolean cut;

    /** @param target a port of this machine */
    public CutLine(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** The next request that contains this text is done, and its answer is lost. */
    public void cutAt(String text) {
        before = false;
        trigger = text;
    }

    /** The next request that contains this text is lost. */
    public void cutBefore(String text) {
        before = true;
        trigger = text;
    }

    /** Whether that has happened. */
    public boolean isCut() {
        return cut;
    }

    public void mend() {
        cutting = null;
        cut = false;
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                if (cutting != null) {
                    client.close();
                    continue;
                }
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(client);
                open.add(server);
                start(() -> requests(client, server));
                start(() -> answers(client, server));
            } catch (IOException e) {
                // The listener is closed, or one connection did not come about.
            }
        }
    }

    private void requests(Socket client, Socket server) {
        byte[] buffer = new byte[65_536];
        try (client;
                server) {
            InputStream in = client.getInputStream();
            OutputStream out = server.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                String text = trigger;
                if (text != null && new String(buffer, 0, n, StandardCharsets.ISO_8859_1).contains(text)) {
                    trigger = null;
                    cutting = server;
                    if (before) {
                        closeAll();
                        return;
                    }
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One of the two has ended.
        }
    }

    private void answers(Socket client, Socket server) {
        byte[] buffer = new byte[65_536];
        try (client;
                server) {
            InputStream in = server.getInputStream();
            OutputStream out = client.getOutputStream();
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (cutting == server) {
                    // The answer is here, so the request has been done.
                    closeAll();
                    return;
                }
                out.write(buffer, 0, n);
            }
        } catch (IOException e) {
            // One of the two has ended.
        }
    }

    private void closeAll() throws IOException {
        for (Socket socket : open) {
            socket.close();
        }
        cut = true;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "cut-line");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : open) {
            socket.close();
        }
    }
}
