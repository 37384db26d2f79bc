// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A host and TCP port. */
public record Endpoint(String host, int port) {
    private static final Pattern WRITTEN = Pattern.compile("([^\\[\\]:\\s,]++|\\[[^\\[\\]\\s,]++])(?::([0-9]{1,5}))?");

    /** Whether the host is the loopback interface, by name or by address. */
    public boolean loopback() {
        return host.equals("localhost")
                || host.equals("::1")
                || host.equals("[::1]")
                || host.matches("127(\\.[0-9]{1,3}){3}");
    }

    /**
     * As it is written: {@code host}, {@code host:port} or {@code [IPv6 address]:port}.
     *
     * @throws IllegalArgumentException if it is written otherwise
     */
    public static Endpoint parse(String text, int defaultPort) {
        Matcher parts = WRITTEN.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("must be host, host:port or [address]:port");
        }
        String port = parts.group(2);
        int number = port == null ? defaultPort : Integer.parseInt(port);
        if (number < 1 || number > 65_535) {
            throw new IllegalArgumentException("has no port between 1 and 65535");
        }
        return new Endpoint(parts.group(1).replaceAll("[\\[\\]]", ""), number);
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]:" + port : host + ":" + port;
    }
}
