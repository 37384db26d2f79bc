// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.time.Instant;

/**
 * One line of a tenant's history: who asked for what, and what came of it.
 *
 * @param actor who the caller said they were, and from where
 * @param command the verb
 * @param result the state in which the operation ended
 */
public record AuditEntry(Instant at, String actor, String command, String result, String message) {}
