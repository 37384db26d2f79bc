// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import dev.cutover.dualwrite.analyze.token.Tokens;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A SET of a migration. Most settings change where the next statements work, how long they wait, or as whom. */
final class SettingCheck {
    private static final Set<String> HARMLESS = Set.of(
            "check_function_bodies",
            "client_min_messages",
            "default_table_access_method",
            "default_tablespace",
            "statement_timeout",
            "timezone",
            "xmloption");
    private static final Pattern TIME = Pattern.compile("'?\\s*([0-9]{1,6})\\s*(ms|s)?\\s*'?");
    private static final int LONGEST_WAIT_MILLIS = 2_000;

    private SettingCheck() {}

    /** @param at behind SET */
    static @Nullable String problem(Tokens tokens, int at, int to) {
        int name = tokens.isAnyWord(at, "local", "session") ? at + 1 : at;
        if (name >= to || !tokens.isName(name)) {
            return "it is not known to be additive";
        }
        if (HARMLESS.contains(tokens.name(name))) {
            return null;
        }
        if (tokens.isWord(name, "lock_timeout") && name + 3 == to && isShort(tokens.raw(name + 2))) {
            return null;
        }
        return "it changes what the next statements do, or how long they wait";
    }

    private static boolean isShort(String value) {
        Matcher time = TIME.matcher(value);
        if (!time.matches()) {
            return false;
        }
        long millis = Long.parseLong(time.group(1)) * ("s".equals(time.group(2)) ? 1_000 : 1);
        return millis > 0 && millis <= LONGEST_WAIT_MILLIS;
    }
}
