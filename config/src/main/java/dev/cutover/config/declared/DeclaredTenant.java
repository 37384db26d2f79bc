// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.declared;

/**
 * A tenant that the control database declares.
 *
 * @param entry in JSON, as it would stand under {@code tenants.NAME}
 */
public record DeclaredTenant(String name, String entry, Source source) {
    /** Who declares a tenant. */
    public enum Source {
        /** {@code cutover tenant add}, or the admin API. */
        COMMAND,
        /** A row that the query of {@code tenants-from} has found. */
        CATALOG
    }
}
