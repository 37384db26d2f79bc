// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.proxy.session.state.Pins;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.FrontendMessage;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/wire-support.md} names the messages and the pins that the code has, and no others. */
final class WireSupportTest {
    private static final Path PAGE = Path.of("../docs/wire-support.md");
    private static final Pattern ROW = Pattern.compile("^\\| ([A-Za-z, .]+?) \\| `(.)` \\|");
    private static final Pattern PIN = Pattern.compile("pinned: `([A-Z_]+)`");

    /** Statuses of ReadyForQuery, and what Describe and Close name: constants of the same classes, but no types. */
    private static final Set<String> NOT_TYPES = Set.of("IDLE", "IN_TRANSACTION", "FAILED", "STATEMENT", "PORTAL");

    @Test
    void theClientsMessages() throws Exception {
        assertEquals(constants(FrontendMessage.class), rows("## Messages of the client"));
    }

    @Test
    void theServersMessages() throws Exception {
        assertEquals(constants(BackendMessage.class), rows("## Messages of the server"));
    }

    @Test
    void everyReasonToPin() throws IOException {
        Set<String> documented = new TreeSet<>();
        Matcher matcher = PIN.matcher(Files.readString(PAGE));
        while (matcher.find()) {
            documented.add(matcher.group(1));
        }
        Set<String> pinning = Stream.of(SessionEffect.values())
                .filter(effect -> {
                    Pins alone = new Pins();
                    alone.sending(Set.of(effect));
                    alone.succeeded(Set.of(effect));
                    return alone.pinned();
                })
                .map(Enum::name)
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(pinning, documented);
    }

    private static Map<Character, String> constants(Class<?> messages) throws IllegalAccessException {
        Map<Character, String> constants = new TreeMap<>();
        for (Field field : messages.getFields()) {
            if (!NOT_TYPES.contains(field.getName())) {
                constants.put((char) field.getByte(null), plain(field.getName()));
            }
        }
        return constants;
    }

    private static Map<Character, String> rows(String heading) throws IOException {
        Map<Character, String> rows = new TreeMap<>();
        String page = Files.readString(PAGE);
        String section = page.substring(page.indexOf(heading) + heading.length());
        int end = section.indexOf("\n## ");
        section.substring(0, end).lines().forEach(line -> {
            Matcher row = ROW.matcher(line);
            if (row.find()) {
                // PasswordMessage has others behind it that share its type.
                String name = row.group(1).split(",")[0].replace("Message", "").replace(".", "");
                rows.put(row.group(2).charAt(0), plain(name));
            }
        });
        return rows;
    }

    private static String plain(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
    }
}
