package dev.cutover.cli.verb;

import dev.cutover.config.runtime.ProxyRuntime;
import dev.cutover.config.runtime.StartupException;
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
