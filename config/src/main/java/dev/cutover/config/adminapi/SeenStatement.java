// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/**
 * How often clients have sent statements that differ only in their values, since the tenant mirrors in this direction.
 *
 * @param statement {@code ?} for each value, in lower case
 * @param inline as one statement that wrote both sides
 * @param marked as one statement that wrote the serving side and marks
 * @param net as they were, left to the net
 * @param refused not let through
 * @param reason why they were left to the net or refused; empty if none was
 */
public record SeenStatement(String statement, long inline, long marked, long net, long refused, String reason) {}
