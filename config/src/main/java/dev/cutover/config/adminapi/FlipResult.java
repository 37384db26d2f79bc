// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import dev.cutover.config.Side;

/**
 * What a flip or rollback did.
 *
 * @param holdMillis how long the gate was closed
 * @param drainedTransactions transactions that ran when the gate closed and were waited for
 * @param heldTransactions transactions that waited for the gate when it opened
 */
public record FlipResult(long epoch, Side serving, double holdMillis, long drainedTransactions, int heldTransactions) {}
