// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.config.Side;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandGateTest {
    @TempDir
    private Path directory;

    private GateVerdict ask(@Nullable Path programs, String... command) throws Exception {
        return new CommandGate(List.of(command), programs).ask("c", "shop_1", Side.GREEN);
    }

    private void program(String text) throws Exception {
        Path program = Files.writeString(directory.resolve("try"), "#!/bin/sh\n" + text);
        assertTrue(program.toFile().setExecutable(true));
    }

    private static String why(GateVerdict verdict) {
        return assertInstanceOf(GateVerdict.Broken.class, verdict).why();
    }

    @Test
    void holdsIfTheProgramExitsWithZero() throws Exception {
        program("test \"$1 $2 $CUTOVER_TENANT\" = 'of shop_1; all shop_1'");

        assertInstanceOf(GateVerdict.Held.class, ask(directory, "./try", "of {tenant};", "all"));
        assertInstanceOf(GateVerdict.Held.class, ask(null));
    }

    @Test
    void namesTheExitCodeAndTheLastLine() throws Exception {
        program("echo one; echo two >&2; echo; exit 7");

        assertEquals("gate command ./try exits with 7: two", why(ask(directory, "./try")));
    }

    @Test
    void getsNothingOfTheProxysEnvironmentButWhatProgramsNeed() throws Exception {
        program("test -z \"$HOME$USER$CUTOVER_TOKEN\" && test -n \"$PATH\"");

        assertInstanceOf(GateVerdict.Held.class, ask(directory, "./try"));
    }

    @Test
    void aProgramThatPrintsWithoutEndIsStopped() throws Exception {
        program("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done");

        assertEquals("gate command ./try prints more than 64 kB", why(ask(directory, "./try")));
    }

    @Test
    void isUnknownIfThisProxyCannotRunIt() throws Exception {
        Files.writeString(directory.resolve("try"), "not a program");

        assertInstanceOf(GateVerdict.Unknown.class, ask(directory, "./try"));
        assertInstanceOf(GateVerdict.Unknown.class, ask(directory, "./other"));
        assertInstanceOf(GateVerdict.Unknown.class, ask(null, "./try"));
    }
}
