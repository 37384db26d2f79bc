// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

/** The value of a setting, as SQL text. */
public final class SettingValue {
    private SettingValue() {}

    static String literal(String value) {
        String quoted = "'" + value.replace("'", "''") + "'";
        return value.indexOf('\\') >= 0 ? " E" + quoted.replace("\\", "\\\\") : quoted;
    }
}
