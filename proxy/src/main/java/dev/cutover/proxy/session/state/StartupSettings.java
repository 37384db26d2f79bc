// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads the session settings out of a startup message. */
public final class StartupSettings {
    /** Parameters of the startup message that are not settings. */
    private static final Set<String> NOT_SETTINGS = Set.of("user", "database", "options", "replication");

    private StartupSettings() {}

    /** @return by lower-case name, as SQL text fit to stand after {@code SET name TO} */
    public static Map<String, String> of(Map<String, String> parameters) {
        Map<String, String> settings = new LinkedHashMap<>();
        options(parameters.getOrDefault("options", "")).forEach((name, value) -> put(settings, name, value));
        parameters.forEach((name, value) -> {
            if (!NOT_SETTINGS.contains(name) && !name.startsWith("_pq_.")) {
                put(settings, name, value);
            }
        });
        return settings;
    }

    private static void put(Map<String, String> settings, String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        settings.put(
                lower,
                lower.equals(SessionSettings.SEARCH_PATH) ? SearchPath.quoted(value) : SettingValue.literal(value));
    }

    /** Command-line options as the server takes them: {@code -c name=value}, {@code -cname=value}, {@code --name=value}. */
    private static Map<String, String> options(String text) {
        Map<String, String> settings = new LinkedHashMap<>();
        List<String> words = words(text);
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            String assignment;
            if (word.equals("-c") && i + 1 < words.size()) {
                assignment = words.get(++i);
            } else if (word.startsWith("--")) {
                assignment = word.substring(2);
            } else if (word.startsWith("-c")) {
                assignment = word.substring(2);
            } else {
                continue;
            }
            int equals = assignment.indexOf('=');
            if (equals > 0) {
                settings.put(assignment.substring(0, equals).replace('-', '_'), assignment.substring(equals + 1));
            }
        }
        return settings;
    }

    /** Splits at white space that is not escaped by a backslash. */
    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean within = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                word.append(text.charAt(++i));
                within = true;
            } else if (!Character.isWhitespace(c)) {
                word.append(c);
                within = true;
            } else if (within) {
                words.add(word.toString());
                word.setLength(0);
                within = false;
            }
        }
        if (within) {
            words.add(word.toString());
        }
        return words;
    }
}
