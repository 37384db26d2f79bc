// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A client that sends what a test tells it, byte for byte. */
public final class RawClient implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    private RawClient(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
        out = new DataOutputStream(socket.getOutputStream());
    }

    /** A message as it came. */
    public record Message(char type, byte[] body) {
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    public static RawClient open(int port) throws IOException {
        return new RawClient(port);
    }

    /** Logged in, under trust. */
    public static RawClient login(int port, String user, String database) throws IOException {
        return login(port, user, database, "");
    }

    /** @param options of the startup message: {@code -cname=value} */
    public static RawClient login(int port, String user, String database, String options) throws IOException {
        RawClient client = new RawClient(port).startup(user, database, options);
        client.untilReady();
        return client;
    }

    /** Sends the startup message, and reads nothing. */
    public RawClient startup(String user, String database) throws IOException {
        return startup(user, database, "");
    }

    /** @param options of the startup message: {@code -cname=value} */
    public RawClient startup(String user, String database, String options) throws IOException {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.writeBytes(int32(3 << 16));
        for (String word : new String[] {"user", user, "database", database, "options", options, ""}) {
            body.writeBytes(string(word));
        }
        out.writeInt(4 + body.size());
        out.write(body.toByteArray());
        return this;
    }

    /** If the session has ended meanwhile, nothing fails: as in libpq, the reason is there to be read. */
    public RawClient bytes(byte[] bytes) throws IOException {
        try {
            out.write(bytes);
        } catch (IOException e) {
            // The next read returns what the proxy said before it closed, and fails after that.
        }
        return this;
    }

    public RawClient send(char type, byte[]... parts) throws IOException {
        return bytes(message(type, parts));
    }

    public static byte[] message(char type, byte[]... parts) {
        byte[] body = join(parts);
        byte[] length = int32(4 + body.length);
        return join(new byte[] {(byte) type}, length, body);
    }

    /** A message of any length whose middle is one byte, repeated. */
    public RawClient sendLong(char type, byte[] head, byte fill, int times, byte[] tail) throws IOException {
        out.write(message(type, head), 0, 1);
        out.writeInt(4 + head.length + times + tail.length);
        out.write(head);
        byte[] chunk = new byte[64 * 1024];
        Arrays.fill(chunk, fill);
        for (int left = times; left > 0; left -= chunk.length) {
            out.write(chunk, 0, Math.min(left, chunk.length));
        }
        out.write(tail);
        return this;
    }

    /** Reads up to ReadyForQuery and keeps nothing. @return the lengths of the bodies of all messages of one type */
    public long lengthsUntilReady(char type) throws IOException {
        long lengths = 0;
        while (true) {
            char next = (char) in.readByte();
            int length = in.readInt() - 4;
            in.skipNBytes(length);
            if (next == 'E') {
                throw new IOException("an error came");
            }
            if (next == 'Z') {
                return lengths;
            }
            lengths += next == type ? length : 0;
        }
    }

    public RawClient query(String sql) throws IOException {
        return send('Q', string(sql));
    }

    public RawClient parse(String name, String sql) throws IOException {
        return send('P', string(name), string(sql), new byte[2]);
    }

    public RawClient bind(String portal, String statement) throws IOException {
        return send('B', string(portal), string(statement), new byte[6]);
    }

    public RawClient describePortal(String portal) throws IOException {
        return send('D', new byte[] {'P'}, string(portal));
    }

    public RawClient describeStatement(String name) throws IOException {
        return send('D', new byte[] {'S'}, string(name));
    }

    public RawClient execute(String portal) throws IOException {
        return execute(portal, 0);
    }

    public RawClient execute(String portal, int rows) throws IOException {
        return send('E', string(portal), int32(rows));
    }

    public RawClient closeStatement(String name) throws IOException {
        return send('C', new byte[] {'S'}, string(name));
    }

    public RawClient sync() throws IOException {
        return send('S');
    }

    public Message read() throws IOException {
        char type = (char) in.readByte();
        byte[] body = new byte[in.readInt() - 4];
        in.readFully(body);
        return new Message(type, body);
    }

    /** All messages up to the next ReadyForQuery, that one included. */
    public List<Message> untilReady() throws IOException {
        List<Message> messages = new ArrayList<>();
        do {
            messages.add(read());
        } while (messages.get(messages.size() - 1).type() != 'Z');
        return messages;
    }

    /** The types of all messages up to ReadyForQuery, its status behind it; command tags and errors in brackets. */
    public String summary() throws IOException {
        StringBuilder summary = new StringBuilder();
        for (Message message : untilReady()) {
            summary.append(message.type());
            if (message.type() == 'Z') {
                summary.append((char) message.body()[0]);
            } else if (message.type() == 'C') {
                summary.append('[')
                        .append(message.text().trim().replace("\0", ""))
                        .append(']');
            } else if (message.type() == 'E') {
                summary.append('[').append(field(message, 'C')).append(']');
            }
        }
        return summary.toString();
    }

    public static String field(Message error, char type) {
        for (String field : error.text().split("\0")) {
            if (!field.isEmpty() && field.charAt(0) == type) {
                return field.substring(1);
            }
        }
        return "";
    }

    /** Whether the server closes the connection; what comes before that is skipped. */
    public boolean closedByPeer() throws IOException {
        try {
            while (in.read() >= 0) {
                // Skipped.
            }
            return true;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (java.net.SocketException e) {
            return true;
        }
    }

    public static byte[] string(String text) {
        return (text + "\0").getBytes(StandardCharsets.UTF_8);
    }

    public static byte[] int32(int value) {
        return new byte[] {(byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value};
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    /** Closes this direction of the connection: the answers can still come. */
    public RawClient endOfStream() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Closes the connection as a program does that ends: the peer gets an end of the stream, and no reset before it writes. */
    public void leave() throws IOException {
        socket.close();
    }

    /** Cuts the connection, without Terminate. */
    @Override
    public void close() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }
}
