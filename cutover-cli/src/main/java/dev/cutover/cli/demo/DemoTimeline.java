// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.demo;

import java.io.PrintStream;
import java.util.Locale;

/** What happened when, one line an event. */
final class DemoTimeline {
    private final PrintStream out;
    private final long begin = System.nanoTime();

    DemoTimeline(PrintStream out) {
        this.out = out;
    }

    void event(String format, Object... arguments) {
        out.printf(Locale.ROOT, "%6.1f s  %s%n", seconds(), String.format(Locale.ROOT, format, arguments));
    }

    double seconds() {
        return (System.nanoTime() - begin) / 1e9;
    }
}
