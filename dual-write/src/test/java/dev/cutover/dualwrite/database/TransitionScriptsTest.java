// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class TransitionScriptsTest {
    @Test
    void everyScriptOfTheDirectoryIsListed() throws Exception {
        Path directory =
                Path.of(Objects.requireNonNull(TransitionScripts.class.getResource(TransitionScripts.DIRECTORY))
                        .toURI());
        try (var files = Files.list(directory)) {
            assertEquals(
                    files.map(file -> file.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new)),
                    new TreeSet<>(TransitionScripts.FILES));
        }
    }

    @Test
    void theUsualSchemasScriptsAreAsTheyAreWritten() {
        String script = "CREATE FUNCTION cutover.f() '/*cutover:' current_setting('cutover.f') nspname = 'cutover'";

        assertEquals(script, TransitionSchema.USUAL.adapt(script));
    }

    @Test
    void anotherSchemaTakesThePlaceOfTheUsualOneAndOfNothingElse() {
        String adapted = new TransitionSchema("cutover_acme")
                .adapt("CREATE FUNCTION cutover.f() '/*cutover:' current_setting('cutover.f') nspname = 'cutover'");

        assertEquals(
                "CREATE FUNCTION cutover_acme.f() '/*cutover:' current_setting('cutover.f') nspname = 'cutover_acme'",
                adapted);
    }

    @Test
    void noScriptNamesTheUsualSchemaInAWayThatIsNotFound() throws Exception {
        for (String name : TransitionScripts.FILES) {
            String script = Files.readString(Path.of(
                    Objects.requireNonNull(TransitionScripts.class.getResource(TransitionScripts.DIRECTORY + name))
                            .toURI()));
            String left = new TransitionSchema("elsewhere")
                    .adapt(script)
                    .replace("'cutover.unmirrored'", "")
                    .replace("'/*cutover:'", "");
            assertFalse(left.replaceAll("--[^\n]*", "").contains("cutover"), name);
        }
        assertTrue(TransitionScripts.FILES.size() >= 14);
    }
}
