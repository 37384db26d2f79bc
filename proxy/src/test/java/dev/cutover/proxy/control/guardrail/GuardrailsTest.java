package dev.cutover.proxy.control.guardrail;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.control.GuardrailName;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuardrailsTest {
    @Test
    void everyNameHasOneClass() {
        List<GuardrailName> run =
                Guardrails.ALL.stream().map(Guardrail::name).sorted().toList();

        assertEquals(Arrays.asList(GuardrailName.values()), run);
    }
}
