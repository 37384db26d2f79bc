// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParameterException;

class ForcedNamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"flip --force nmae acme", "flip acme --force nmae", "rollback --force nmae acme --dry-run"})
    void aNameThatIsNoneIsAnsweredByThoseThatAre(String line) {
        ParameterException wrong =
                assertThrows(ParameterException.class, () -> Main.commandLine().parseArgs(line.split(" ")));

        assertTrue(
                String.valueOf(wrong.getMessage()).startsWith("there is no guardrail \"nmae\"; "), wrong::getMessage);
        assertTrue(String.valueOf(wrong.getMessage()).contains("objects-there"), wrong::getMessage);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flip --force acme",
                "flip acme --force",
                "flip --force acme --dry-run",
                "flip --force objects-there acme",
                "flip acme --force objects-there --force"
            })
    void aTenantIsNotTakenForAName(String line) {
        assertDoesNotThrow(() -> Main.commandLine().parseArgs(line.split(" ")));
    }
}
