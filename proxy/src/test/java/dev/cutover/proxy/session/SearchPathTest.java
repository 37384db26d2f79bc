// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cutover.config.Side;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.state.SearchPath;
import dev.cutover.proxy.session.state.SessionSettings;
import dev.cutover.proxy.session.state.SettingTexts;
import dev.cutover.proxy.testing.FakePlanner;
import dev.cutover.proxy.testing.ProxyFixture;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SearchPathTest {
    private final SessionSettings settings = new SessionSettings(Map.of());
    private final FakePlanner planner = new FakePlanner();
    private final Route green = ProxyFixture.route(2, Side.GREEN, "app", planner);

    @Test
    void withoutOneOfItsOwnASessionHasTheRoutes() {
        assertEquals("\"green\", \"public\"", SearchPath.effective(green, null));
    }

    @Test
    void theIdleSidesSchemaMeansTheServingOne() {
        assertEquals("\"green\", \"extra\"", SearchPath.effective(green, "BLUE, 'extra'"));
    }

    @Test
    void whatIsNotAPlainListStaysAsItIs() {
        assertEquals("DEFAULT", SearchPath.effective(green, "DEFAULT"));
    }

    @Test
    void aSetThatNamesTheIdleSideIsTranslated() {
        assertEquals(
                "SET search_path TO \"green\"",
                SettingTexts.single(green, planner.plan("SET search_path TO blue"), settings));
    }

    @Test
    void aSetThatNamesAnotherSchemaGoesAsItIs() {
        assertNull(SettingTexts.single(green, planner.plan("SET search_path TO other"), settings));
    }

    /** As an identifier it would be an error. */
    @Test
    void anEmptyElementStaysAString() {
        assertEquals("''", SearchPath.effective(green, "''"));
    }

    @Test
    void quotesAreKept() {
        assertEquals("\"a\"\"b\", \"C\"", SearchPath.quoted("\"a\"\"b\", \"C\""));
    }
}
