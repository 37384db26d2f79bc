// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** Whether a tenant's migrations may run programs and Java classes as the proxy's user. */
public enum MigrationCode {
    REFUSE,
    ALLOW
}
