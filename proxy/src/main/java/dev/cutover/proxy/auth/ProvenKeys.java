// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.auth;

/** SCRAM keys that a client of the role proved to have, and the salt and iterations that they hold for. */
record ProvenKeys(byte[] salt, int iterations, ScramKeys keys) {}
