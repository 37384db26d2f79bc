// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.process;

import dev.cutover.config.launch.ProxyRuntime.RunningProxy;
import dev.cutover.config.launch.StartupException;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** SIGHUP, by which a proxy is asked to read its configuration again, as a PostgreSQL server is. */
public final class Hangup {
    private Hangup() {}

    /** Where there is such a signal. The proxy's log tells what came of it. */
    static void onSignal(RunningProxy proxy) {
        try {
            SignalHandler before = Signal.handle(new Signal("HUP"), signal -> reload(proxy));
            if (before == SignalHandler.SIG_IGN) {
                // Started by nohup, say: then the JVM leaves the signal ignored.
                System.err.println("cutover: SIGHUP is ignored in this process; use cutover reload");
            }
        } catch (IllegalArgumentException e) {
            System.err.println("cutover: no SIGHUP here (" + e.getMessage() + "); use cutover reload");
        }
    }

    private static void reload(RunningProxy proxy) {
        try {
            proxy.reload("SIGHUP");
        } catch (StartupException e) {
            System.err.println("cutover: not reloaded, nothing has changed: " + e.getMessage());
        }
    }
}
