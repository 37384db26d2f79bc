// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

/**
 * What a mirrored statement writes on the idle side, and may fail by.
 *
 * @param table by its name on the serving side
 */
public record IdleWrite(String table, String servingSchema, String idleSchema) {}
