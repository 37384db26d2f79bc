// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WindowTest {
    @ParameterizedTest
    @CsvSource({
        // In Berlin it is an hour later in winter, two in summer.
        "22:00-05:00 Europe/Berlin, 2026-12-01T21:00:00Z, true",
        "22:00-05:00 Europe/Berlin, 2026-12-01T20:59:59Z, false",
        "22:00-05:00 Europe/Berlin, 2026-12-02T03:59:59Z, true",
        "22:00-05:00 Europe/Berlin, 2026-12-02T04:00:00Z, false",
        "22:00-05:00 Europe/Berlin, 2026-07-01T20:00:00Z, true",
        "09:00-17:00 UTC, 2026-12-01T09:00:00Z, true",
        "09:00-17:00 UTC, 2026-12-01T17:00:00Z, false",
        "09:00-17:00 UTC, 2026-12-01T08:59:59Z, false",
    })
    void holdsTheHoursOfItsZone(String text, Instant moment, boolean expected) {
        boolean contains = Window.parse(text).contains(moment);

        assertEquals(expected, contains);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "22:00-05:00",
                "22:00-05:00 Europe/Nowhere",
                "22:00 Europe/Berlin",
                "25:00-05:00 UTC",
                "9-17 UTC",
                "09:00-09:00 UTC",
                ""
            })
    void anotherFormIsRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Window.parse(text));
    }

    @Test
    void isWrittenAsItIsRead() {
        String text = "22:00-05:00 Europe/Berlin";

        assertEquals(text, Window.parse(text).toString());
    }
}
