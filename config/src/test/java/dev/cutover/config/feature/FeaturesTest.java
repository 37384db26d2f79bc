// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.cutover.config.selection.TenantSelector;
import dev.cutover.config.text.NamePattern;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FeaturesTest {
    private static Feature feature(String name, String needs, TenantSelector tenants) {
        return new Feature(name, needs, VersionNumber.parse(needs).orElseThrow(), tenants);
    }

    private static FeatureState state(String needs, String version) {
        return new Features(List.of(feature("checkout", needs, TenantSelector.ALL)))
                .of("shop_1", Map.of(), version)
                .find("checkout");
    }

    @ParameterizedTest
    @CsvSource({
        "2.1, 2.1, true",
        "2.1, 2.10, true",
        "2.10, 2.9, false",
        "2, 2.0, true",
        "2.0.1, 2, false",
        "2_1, 2.1, true",
        "20260101, 20251231, false"
    })
    void aFeatureIsOnFromItsVersion(String needs, String version, boolean on) {
        assertEquals(on, state(needs, version).on());
    }

    @Test
    void theReasonNamesBothVersions() {
        assertEquals(
                "the serving side has version 2.9, lower than 2.10",
                state("2.10", "2.9").reason());
        assertEquals("the serving side has version 2.10", state("2.9", "2.10").reason());
    }

    @Test
    void withoutAKnownVersionAFeatureIsOff() {
        FeatureState state = state("1", "");

        assertEquals("off", state.value());
        assertEquals("the serving side's schema version is not known", state.reason());
    }

    @Test
    void aVersionThatIsNoNumberIsNamed() {
        FeatureState state = state("1", "add-orders");

        assertEquals("off", state.value());
        assertEquals("the serving side's schema version \"add-orders\" is not a number such as 2.1", state.reason());
    }

    @ParameterizedTest
    @CsvSource({"shop_1, free, true", "shop_2, free, false", "shop_1, paid, false", "bank_1, free, false"})
    void onlyTenantsThatTheFeatureSelectsHaveIt(String tenant, String plan, boolean on) {
        Features features = new Features(List.of(feature(
                "checkout",
                "1",
                new TenantSelector(new NamePattern("shop_*"), Map.of("plan", "free"), Set.of("shop_2")))));

        FeatureState state =
                features.of(tenant, Map.of("plan", plan, "region", "eu"), "1").find("checkout");

        assertEquals(on, state.on());
        assertEquals(on, state.selected());
    }

    @Test
    void aFeatureThatIsNotDeclaredIsNotFound() {
        Features features = new Features(List.of(feature("b", "1", TenantSelector.ALL)));

        assertNull(features.of("acme", Map.of(), "1").find("a"));
    }
}
