package dev.cutover.config.runtime;

import dev.cutover.config.CutoverConfig;

/**
 * Starts proxies. The command line finds its implementation with {@link java.util.ServiceLoader}, so that it depends on
 * the proxy's classes only where they run.
 */
public interface ProxyRuntime {
    /**
     * Starts a proxy and returns once it accepts clients.
     *
     * @throws StartupException in one line, naming what is not reachable or not allowed
     */
    RunningProxy start(CutoverConfig config) throws StartupException;

    /**
     * Starts the embedded PostgreSQL in a new temporary directory.
     *
     * @throws StartupException if it does not start
     */
    EmbeddedServer startEmbedded() throws StartupException;

    /** A proxy that accepts clients. */
    interface RunningProxy extends AutoCloseable {
        int port();

        int adminPort();

        /** Stops accepting, lets running transactions end for a while, then closes everything. */
        @Override
        void close();
    }

    /** A PostgreSQL server of our own; superuser {@code postgres}, no password, loopback only. */
    interface EmbeddedServer extends AutoCloseable {
        int port();

        String version();

        @Override
        void close();
    }
}
