// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

/** A step that should have succeeded did not. */
public final class DemoFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DemoFailure(String message) {
        super(message);
    }
}
