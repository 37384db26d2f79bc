// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.proxy.session.SessionState.AtGate;
import dev.cutover.proxy.session.SessionState.AwaitingBackend;
import dev.cutover.proxy.session.SessionState.Ended;
import dev.cutover.proxy.session.SessionState.Idle;
import dev.cutover.proxy.session.SessionState.Resting;
import dev.cutover.proxy.session.SessionState.Running;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // Only the types of the states matter here.
class SessionStateTest {
    private static final Path SOURCE = Path.of("src/main/java/dev/cutover/proxy/session/SessionState.java");
    private static final Pattern ARROW = Pattern.compile(" \\* (\\w+) +-> (\\w+(?:, \\w+)*)");
    private static final List<SessionState> STATES = List.of(
            Idle.INSTANCE,
            new AtGate(() -> {}, Idle.INSTANCE),
            new AwaitingBackend(null),
            new Running(null, null, null),
            new Resting(null, null, null),
            Ended.INSTANCE);

    @Test
    void theDrawingAndTheTransitionsAreTheSame() throws IOException {
        Map<String, Set<String>> drawn = new TreeMap<>();
        ARROW.matcher(Files.readString(SOURCE)).results().forEach(arrow -> drawn.computeIfAbsent(
                        arrow.group(1), state -> new TreeSet<>())
                .addAll(Arrays.asList(arrow.group(2).split(", "))));
        Set<String> fromEach = drawn.remove("each");

        Map<String, Set<String>> coded = new TreeMap<>();
        for (SessionState from : STATES) {
            for (SessionState to : STATES) {
                if (from.leadsTo(to) && !(to instanceof Ended)) {
                    coded.computeIfAbsent(name(from), state -> new TreeSet<>()).add(name(to));
                }
            }
        }

        assertEquals(coded, drawn);
        assertEquals(Set.of("Ended"), fromEach);
        STATES.forEach(state -> assertEquals(true, state.leadsTo(Ended.INSTANCE), name(state)));
    }

    private static String name(SessionState state) {
        return state.getClass().getSimpleName();
    }
}
