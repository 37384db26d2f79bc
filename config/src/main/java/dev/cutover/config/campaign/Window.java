// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.campaign;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The same hours of each day, by the clocks of a time zone.
 *
 * @param from the first moment
 * @param to the first moment after it; if it is earlier than {@code from}, it is on the next day
 */
public record Window(LocalTime from, LocalTime to, ZoneId zone) {
    private static final Pattern FORM = Pattern.compile("([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2}) (\\S+)");

    /**
     * @param text as {@code 22:00-05:00 Europe/Berlin}
     * @throws IllegalArgumentException if it is not of this form
     */
    public static Window parse(String text) {
        Matcher matcher = FORM.matcher(text);
        try {
            if (matcher.matches()) {
                Window window = new Window(
                        LocalTime.parse(matcher.group(1)),
                        LocalTime.parse(matcher.group(2)),
                        ZoneId.of(matcher.group(3)));
                if (!window.from.equals(window.to)) {
                    return window;
                }
            }
        } catch (DateTimeException e) {
            // The form is right, an hour or the zone is not.
        }
        throw new IllegalArgumentException(
                "must be hours and a time zone, such as \"22:00-05:00 Europe/Berlin\", not \"" + text + "\"");
    }

    /** Whether that moment is within these hours. */
    public boolean contains(Instant moment) {
        LocalTime time = moment.atZone(zone).toLocalTime();
        boolean begun = !time.isBefore(from);
        boolean left = time.isBefore(to);
        return from.isBefore(to) ? begun && left : begun || left;
    }

    @Override
    public String toString() {
        return from + "-" + to + " " + zone;
    }
}
