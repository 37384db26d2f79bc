// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/**
 * What a command has done to a declared tenant.
 *
 * @param changed false if the tenant was already as asked
 * @param message in one line
 */
public record DeclarationResult(String tenant, boolean changed, String message) {}
