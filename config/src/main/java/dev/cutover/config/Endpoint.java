// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** A host and TCP port. */
public record Endpoint(String host, int port) {
    /** Whether the host is the loopback interface, by name or by address. */
    public boolean loopback() {
        return host.equals("localhost")
                || host.equals("::1")
                || host.equals("[::1]")
                || host.matches("127(\\.[0-9]{1,3}){3}");
    }

    @Override
    public String toString() {
        return host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]:" + port : host + ":" + port;
    }
}
