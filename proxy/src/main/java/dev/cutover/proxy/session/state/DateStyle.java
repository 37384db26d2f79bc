// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one setting whose value has two parts, a style and an order of day, month and year, of which SET may name one: the other
 * stays as it was (manual, "Date/Time Output").
 */
public final class DateStyle {
    static final String NAME = "datestyle";

    private static final Set<String> STYLES = Set.of("iso", "sql", "german");
    private static final Set<String> ORDERS = Set.of("ymd", "dmy", "mdy", "us");

    private DateStyle() {}

    /**
     * What a session has after SET.
     *
     * @param before the value before, as SQL text; null if the session has not set it
     * @param now the value of the SET, as SQL text
     */
    public static String merged(@Nullable String before, String now) {
        String style = part(now, true);
        String order = part(now, false);
        if (before == null || style == null && order == null || style != null && order != null) {
            return now;
        }
        String oldStyle = part(before, true);
        String oldOrder = part(before, false);
        if (style == null) {
            return oldStyle == null ? now : oldStyle + ", " + order;
        }
        // German implies an order of its own.
        return oldOrder == null || style.equals("german") ? now : style + ", " + oldOrder;
    }

    private static @Nullable String part(String value, boolean style) {
        String found = null;
        String plain = value.toLowerCase(Locale.ROOT).replace("'", "").replace("\"", "");
        for (String word : List.of(plain.trim().split("[\\s,]+"))) {
            boolean isStyle = STYLES.contains(word) || word.startsWith("postgres");
            boolean isOrder = ORDERS.contains(word) || word.startsWith("euro") || word.startsWith("noneuro");
            if (style ? isStyle : isOrder) {
                found = word;
            }
        }
        return found;
    }
}
