// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema;

/**
 * Something that has a later step fail, found beforehand.
 *
 * @param what names the object and the reason
 * @param remedy what the operator does about it
 */
public record Obstacle(String what, String remedy) {}
