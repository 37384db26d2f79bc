// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/**
 * The role that moves a tenant's data, and where it keeps what it must remember.
 *
 * @param login of the role; it owns the tables of both sides
 * @param schema holds the marks, the progress and what is parked, in each of the tenant's databases. It belongs to the role, so
 *     tenants of one database with roles of their own need schemas of their own
 */
public record MaintenanceConfig(Login login, String schema) {
    public static final String DEFAULT_SCHEMA = "cutover";

    /** With the usual schema. */
    public MaintenanceConfig(Login login) {
        this(login, DEFAULT_SCHEMA);
    }
}
