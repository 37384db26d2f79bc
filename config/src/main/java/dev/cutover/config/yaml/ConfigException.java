// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

/** A complaint about a configuration file, in one line that names the file and the YAML path of the offender. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1L;

    public ConfigException(String file, String path, String problem) {
        super(file + ": " + (path.isEmpty() ? "" : path + ": ") + problem);
    }
}
