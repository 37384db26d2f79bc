// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.proxy.session.state.StartupSettings;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class StartupSettingsTest {
    @Test
    void whatIsNoSettingIsLeftOut() {
        assertEquals(
                Map.of("timezone", "'UTC'"),
                StartupSettings.of(Map.of("user", "u", "database", "d", "_pq_.x", "y", "TimeZone", "UTC")));
    }

    @Test
    void optionsAreReadAsTheServerReadsThem() {
        assertEquals(
                Map.of("a", "'1'", "b", "'two words'", "statement_timeout", "'5'"),
                StartupSettings.of(Map.of("options", "-c a=1 -cb=two\\ words  --statement-timeout=5")));
    }

    @Test
    void aValueCannotEndItsLiteral() {
        assertEquals(Map.of("a", " E'\\\\'';x'"), StartupSettings.of(Map.of("a", "\\';x")));
    }

    @Test
    void aSearchPathIsAListOfNames() {
        assertEquals(
                Map.of("search_path", "\"blue\", \"My Own\""),
                StartupSettings.of(Map.of("search_path", "Blue, \"My Own\"")));
    }
}
