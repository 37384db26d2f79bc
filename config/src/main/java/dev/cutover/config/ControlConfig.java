// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** The control database, by JDBC URL. */
public record ControlConfig(String url, Login login) {}
