// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/**
 * What has come of reads that differ only in their values and were run on both sides, since the tenant mirrors in this
 * direction.
 *
 * @param statement {@code ?} for each value, in lower case
 * @param equal how many were answered alike
 * @param different how many were not
 * @param incomparable how many could not be compared
 * @param difference the first difference, in words; empty if there was none
 * @param doubt why the last one that could not be compared could not; empty if there was none
 * @param servingMillis how long one took there on average; 0 if none was answered by both sides
 * @param slower how many times as long the idle side takes, if that is at least three times and known from at least twenty
 *     runs; else 0
 */
public record ComparedRead(
        String statement,
        long equal,
        long different,
        long incomparable,
        String difference,
        String doubt,
        double servingMillis,
        double idleMillis,
        double slower) {}
