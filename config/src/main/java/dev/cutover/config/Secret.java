// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** A password or token. It never shows in {@code toString}, so that no log line or error can carry it. */
public record Secret(String value) {
    @Override
    public String toString() {
        return "***";
    }
}
