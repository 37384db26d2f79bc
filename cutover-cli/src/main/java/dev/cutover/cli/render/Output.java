// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

/** How a command prints its result. The constants are spelled as they are on the command line. */
public enum Output {
    text,
    json
}
