// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.difference;

/**
 * A definition that the idle side lacks or has otherwise than the serving side.
 *
 * @param breaks whether a client of the serving side may feel it after a flip
 * @param remedy what to do on the idle side; empty if nothing is to be done
 */
public record Difference(String text, boolean breaks, String remedy) {}
