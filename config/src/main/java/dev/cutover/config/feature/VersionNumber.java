// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.feature;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A schema version that consists of numbers, such as {@code 2.10}. Versions are ordered as Flyway orders them: part by part, as numbers,
 * and zeros at the end do not count. So 2.10 is higher than 2.9, and 2.0 equals 2.
 *
 * @param parts without zeros at the end
 */
public record VersionNumber(List<BigInteger> parts) implements Comparable<VersionNumber> {
    private static final Pattern FORM = Pattern.compile("[0-9]{1,40}(?:[._][0-9]{1,40}){0,20}");
    private static final Pattern SEPARATOR = Pattern.compile("[._]");

    public VersionNumber {
        parts = List.copyOf(parts);
    }

    /** Empty for a text that is not a version of this kind, such as the id of a change set. */
    public static Optional<VersionNumber> parse(String text) {
        if (!FORM.matcher(text).matches()) {
            return Optional.empty();
        }
        List<BigInteger> parts = new ArrayList<>();
        for (String part : SEPARATOR.split(text)) {
            parts.add(new BigInteger(part));
        }
        while (!parts.isEmpty() && parts.get(parts.size() - 1).signum() == 0) {
            parts.remove(parts.size() - 1);
        }
        return Optional.of(new VersionNumber(parts));
    }

    @Override
    public int compareTo(VersionNumber other) {
        for (int i = 0; i < Math.max(parts.size(), other.parts.size()); i++) {
            int order = part(i).compareTo(other.part(i));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private BigInteger part(int i) {
        return i < parts.size() ? parts.get(i) : BigInteger.ZERO;
    }
}
