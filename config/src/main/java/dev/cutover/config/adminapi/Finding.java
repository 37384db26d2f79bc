// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/**
 * What one guardrail or check found.
 *
 * @param guardrail its name
 * @param blocking whether it stops a flip
 * @param remedy how to repair it; empty if nothing is to be done
 */
public record Finding(String guardrail, boolean blocking, String finding, String remedy) {}
