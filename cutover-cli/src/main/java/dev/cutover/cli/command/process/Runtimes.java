// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.process;

import dev.cutover.config.launch.ProxyRuntime;
import dev.cutover.config.launch.StartupException;
import java.util.ServiceLoader;

/** Finds what can run a proxy in this process. */
public final class Runtimes {
    private Runtimes() {}

    public static ProxyRuntime proxy() throws StartupException {
        return ServiceLoader.load(ProxyRuntime.class)
                .findFirst()
                .orElseThrow(() -> new StartupException(
                        "the proxy is not on the class path; start it with the launcher script cutover"));
    }
}
