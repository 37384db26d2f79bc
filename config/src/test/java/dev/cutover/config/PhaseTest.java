// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PhaseTest {
    private static final Path SOURCE = Path.of("src/main/java/dev/cutover/config/Phase.java");
    private static final Pattern ARROW = Pattern.compile(" \\* ([A-Z]+) +-> ([A-Z]+(?:, [A-Z]+)*)");

    @Test
    void theDrawingAndTheSuccessorsAreTheSame() throws IOException {
        Map<Phase, Set<Phase>> drawn = new EnumMap<>(Phase.class);
        ARROW.matcher(Files.readString(SOURCE)).results().forEach(arrow -> drawn.computeIfAbsent(
                        Phase.valueOf(arrow.group(1)), phase -> EnumSet.noneOf(Phase.class))
                .addAll(Arrays.stream(arrow.group(2).split(", "))
                        .map(Phase::valueOf)
                        .collect(Collectors.toSet())));

        Map<Phase, Set<Phase>> coded =
                Arrays.stream(Phase.values()).collect(Collectors.toMap(phase -> phase, Phase::successors));

        assertEquals(coded, drawn);
    }
}
