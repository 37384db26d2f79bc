// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import dev.cutover.config.Side;
import java.time.Instant;

/**
 * A snapshot that is whole and was checked.
 *
 * @param name names it in {@code cutover restore}, and its directory
 * @param bytes of its files
 */
public record SnapshotInfo(String name, String tenant, Side side, Instant takenAt, long bytes) {}
