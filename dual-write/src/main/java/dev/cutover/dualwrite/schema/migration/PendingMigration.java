// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

/**
 * A migration that a schema does not have yet.
 *
 * @param name of its file
 * @param script what it runs
 */
public record PendingMigration(String name, String script) {}
