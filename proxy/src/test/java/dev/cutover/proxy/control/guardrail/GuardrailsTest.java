// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.adminapi.GuardrailName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GuardrailsTest {
    @Test
    void everyNameHasOneClass() {
        List<GuardrailName> run =
                Guardrails.ALL.stream().map(Guardrail::name).sorted().toList();

        assertEquals(Arrays.asList(GuardrailName.values()), run);
    }

    /** A finding names what the operator does about it. */
    @Test
    void everyFindingHasARemedy() throws Exception {
        Path sources = Path.of("src/main/java/dev/cutover/proxy/control");
        Pattern finding = Pattern.compile("(note|blocking|new Finding)\\((?:(?!;).)*?,\\s*\"\"\\)", Pattern.DOTALL);
        List<String> without = new ArrayList<>();
        try (Stream<Path> files = Files.walk(sources)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                if (finding.matcher(Files.readString(file)).find()) {
                    without.add(sources.relativize(file).toString());
                }
            }
        }

        assertEquals(List.of(), without);
    }
}
