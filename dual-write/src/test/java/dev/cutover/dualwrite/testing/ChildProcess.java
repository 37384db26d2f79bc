// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * What keeps a program that a test starts from outliving it. A child that inherits the test JVM's standard error keeps it open,
 * and whoever started the test JVM waits for the end of that stream: one child too many, and the build never ends.
 */
public final class ChildProcess {
    private ChildProcess() {}

    /** What the child writes to its standard error appears on the test's own. */
    public static Process relayErrors(Process child) {
        BufferedReader errors = child.errorReader(StandardCharsets.UTF_8);
        Thread relay = new Thread(() -> errors.lines().forEach(System.err::println), "errors of " + child.pid());
        relay.setDaemon(true);
        relay.start();
        return child;
    }

    /** In the child: returns when the JVM that has started it is gone, however it ended. */
    public static void awaitParentsEnd() throws IOException {
        while (System.in.read() >= 0) {
            // Nobody writes; the end of the stream is the end of the parent.
        }
    }
}
