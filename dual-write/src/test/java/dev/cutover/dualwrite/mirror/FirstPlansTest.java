// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.dualwrite.testing.ChildProcess;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What the first write of a new process waits for, and with it every other client of its event loop. */
final class FirstPlansTest {
    @Test
    void theParserIsLoadedWhereThePlannerIsMadeAndNotByTheFirstWrite() throws Exception {
        Process process = ChildProcess.relayErrors(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        FirstPlans.class.getName())
                .start());
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);

        String[] loaded = output.trim().split(" ");

        assertTrue(Integer.parseInt(loaded[1]) * 10 < Integer.parseInt(loaded[0]), output);
    }
}
