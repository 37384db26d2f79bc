// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

/** A statement that may be the server's unnamed one. Two are the same only by identity. */
public interface UnnamedStatement {}
