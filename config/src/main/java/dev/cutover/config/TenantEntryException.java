// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** The mistake in a tenant's entry, in one line that names its YAML path. */
public final class TenantEntryException extends Exception {
    private static final long serialVersionUID = 1L;

    public TenantEntryException(String message) {
        super(message);
    }

    public TenantEntryException(String message, Throwable cause) {
        super(message, cause);
    }
}
