// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.mirror.Planners;
import dev.cutover.dualwrite.testing.PostgresExtension;
import dev.cutover.dualwrite.testing.TestDatabase;
import dev.cutover.proxy.testing.ProxyFixture;
import dev.cutover.proxy.testing.RawClient;
import dev.cutover.proxy.testing.RawClient.Message;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The list of {@code differential.txt}, sent to PostgreSQL and through the proxy: every reply must be the same, byte for byte. */
@ExtendWith(PostgresExtension.class)
final class DifferentialIT {
    private static final String LIST = "differential.txt";
    /** The first OID that a server gives to what its users create. */
    private static final int FIRST_USER_OID = 16_384;

    private TestDatabase database;
    private ProxyFixture proxy;

    /** How a sequence is sent. */
    enum Form {
        /** Query, one after another. */
        SIMPLE,
        /** Parse, Bind, Describe, Execute and Sync, one after another. */
        EXTENDED,
        /** As that, and all at once. */
        PIPELINED,
        /** Five to one Sync, and all at once. */
        BATCHED
    }

    /** One message's text and the COPY messages that follow it. */
    private record Step(String text, List<byte[]> copy) {}

    @BeforeEach
    void start(TestDatabase fresh) throws SQLException {
        database = fresh;
        proxy = ProxyFixture.start(fresh, 2, Planners.unmirrored());
    }

    @AfterEach
    void stop() {
        proxy.close();
    }

    @Test
    void theListIsLong() throws IOException {
        assertTrue(sequences().stream().mapToInt(List::size).sum() >= 400);
    }

    @ParameterizedTest
    @EnumSource
    void everyReplyIsTheSameAsWithoutAProxy(Form form) throws IOException {
        List<String> differences = new ArrayList<>();
        for (List<Step> sequence : sequences()) {
            List<List<String>> direct;
            List<List<String>> proxied;
            try (RawClient client = RawClient.login(
                    database.server().port(),
                    database.server().user(),
                    database.name(),
                    "-csearch_path=blue,\\ public")) {
                direct = replies(client, sequence, form);
            }
            try (RawClient client =
                    RawClient.login(proxy.port(), database.server().user(), ProxyFixture.TENANT)) {
                proxied = replies(client, sequence, form);
            }
            compare(sequence, direct, proxied, differences);
        }
        assertEquals(List.of(), differences, String.join("\n", differences));
    }

    private static void compare(
            List<Step> sequence, List<List<String>> direct, List<List<String>> proxied, List<String> differences) {
        for (int i = 0; i < Math.max(direct.size(), proxied.size()); i++) {
            List<String> expected = i < direct.size() ? direct.get(i) : null;
            List<String> actual = i < proxied.size() ? proxied.get(i) : null;
            if (!Objects.equals(expected, actual)) {
                String text = direct.size() == sequence.size() ? sequence.get(i).text() : "cycle " + i;
                differences.add(text + "\n  direct  " + expected + "\n  proxied " + actual);
            }
        }
    }

    /** What was answered, one list for each ReadyForQuery. */
    private static List<List<String>> replies(RawClient client, List<Step> sequence, Form form) throws IOException {
        Map<Integer, Integer> oids = new HashMap<>();
        List<List<String>> replies = new ArrayList<>();
        int batch = form == Form.BATCHED ? 5 : 1;
        int cycles = 0;
        for (int i = 0; i < sequence.size(); i++) {
            Step step = sequence.get(i);
            if (form == Form.SIMPLE) {
                client.query(step.text());
            } else {
                client.parse("", step.text()).bind("", "").describePortal("").execute("");
            }
            for (byte[] message : step.copy()) {
                client.bytes(message);
            }
            boolean cycle = form == Form.SIMPLE || i % batch == batch - 1 || i == sequence.size() - 1;
            if (cycle && form != Form.SIMPLE) {
                client.sync();
            }
            if (cycle) {
                cycles++;
            }
            if (cycle && (form == Form.SIMPLE || form == Form.EXTENDED)) {
                replies.add(normalised(client.untilReady(), oids));
            }
        }
        while (replies.size() < cycles) {
            replies.add(normalised(client.untilReady(), oids));
        }
        return replies;
    }

    private static List<String> normalised(List<Message> messages, Map<Integer, Integer> oids) {
        List<String> normalised = new ArrayList<>();
        for (Message message : messages) {
            byte[] body = message.type() == 'T' ? withoutOids(message.body(), oids) : message.body();
            if (message.type() != 'S' || !message.text().startsWith("cutover.")) {
                normalised.add(message.type() + new String(body, StandardCharsets.ISO_8859_1).replace('\0', '|'));
            }
        }
        return normalised;
    }

    /**
     * RowDescription: {@code int16 count, { string name, int32 table, int16 column, int32 type, ... 8 bytes }...}. What
     * users create has another OID each time; it is numbered in the order of its appearance.
     */
    private static byte[] withoutOids(byte[] body, Map<Integer, Integer> oids) {
        ByteBuffer fields = ByteBuffer.wrap(body.clone());
        int count = fields.getShort();
        for (int i = 0; i < count; i++) {
            while (fields.get() != 0) {
                // To the end of the name.
            }
            number(fields, fields.position(), oids);
            number(fields, fields.position() + 6, oids);
            fields.position(fields.position() + 18);
        }
        return fields.array();
    }

    private static void number(ByteBuffer fields, int at, Map<Integer, Integer> oids) {
        int oid = fields.getInt(at);
        if (oid >= FIRST_USER_OID) {
            fields.putInt(at, oids.computeIfAbsent(oid, first -> oids.size()));
        }
    }

    private static List<List<Step>> sequences() throws IOException {
        List<List<Step>> sequences = new ArrayList<>();
        List<Step> sequence = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(DifferentialIT.class.getResourceAsStream(LIST)), StandardCharsets.UTF_8))) {
            String line;
            while ((line = lines.readLine()) != null) {
                if (line.isEmpty() && !sequence.isEmpty()) {
                    sequences.add(sequence);
                    sequence = new ArrayList<>();
                } else if (line.startsWith("<")) {
                    sequence.get(sequence.size() - 1).copy().add(copy(line));
                } else if (!line.isEmpty() && !line.startsWith("#")) {
                    String text = line.equals("--") ? "" : line.replace("\\n", "\n");
                    sequence.add(new Step(text, new ArrayList<>()));
                }
            }
        }
        sequences.add(sequence);
        return sequences;
    }

    private static byte[] copy(String line) {
        if (line.equals("<.")) {
            return RawClient.message('c');
        }
        String text = line.substring(Math.min(3, line.length()));
        return line.startsWith("<!")
                ? RawClient.message('f', RawClient.string(text))
                : RawClient.message(
                        'd', (line.substring(2).replace("\\t", "\t") + "\n").getBytes(StandardCharsets.UTF_8));
    }
}
