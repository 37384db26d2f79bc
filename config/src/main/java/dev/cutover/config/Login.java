// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import org.jspecify.annotations.Nullable;

/** A role and, where the server asks for one, its password. */
public record Login(String user, @Nullable Secret password) {}
