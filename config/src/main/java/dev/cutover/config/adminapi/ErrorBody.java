// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

/** The body of every answer of the admin API that is not a success. */
public record ErrorBody(String error, String hint) {}
