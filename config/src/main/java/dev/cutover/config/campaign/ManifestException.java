// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.campaign;

/** A complaint about a campaign's manifest, in one line that names the YAML path of the offender. */
public final class ManifestException extends Exception {
    private static final long serialVersionUID = 1L;

    public ManifestException(String path, String problem) {
        super(path + ": " + problem);
    }

    /** @param complaint that names the path */
    public ManifestException(String complaint) {
        super(complaint);
    }
}
