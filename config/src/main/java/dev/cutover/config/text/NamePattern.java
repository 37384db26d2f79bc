// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.text;

import java.util.regex.Pattern;

/**
 * A pattern of tenants' names, in which {@code *} stands for any characters and {@code ?} for one.
 *
 * @throws IllegalArgumentException if it holds a character that no tenant's name has, or more than 63
 */
public record NamePattern(String text) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_.*?-]{1,63}");

    public NamePattern {
        if (!FORM.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "must be a tenant's name in which * stands for any characters and ? for one, at most 63");
        }
    }

    public boolean matches(String tenant) {
        return tenant.matches(text.replace(".", "\\.").replace("*", ".*").replace('?', '.'));
    }
}
