// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.launch;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;

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
    default RunningProxy start(CutoverConfig config) throws StartupException {
        return start(config, () -> {
            throw new StartupException("this proxy has no configuration file to read again");
        });
    }

    /** The same. @param source what a reload reads */
    RunningProxy start(CutoverConfig config, ConfigSource source) throws StartupException;

    /** Where the configuration comes from. */
    @FunctionalInterface
    interface ConfigSource {
        /** @throws StartupException in one line, naming what is wrong with it */
        CutoverConfig read() throws StartupException;
    }

    /**
     * Runs a verb on a tenant to its end while no proxy runs.
     *
     * @param actor who asks, for the audit log
     * @throws StartupException in one line: another proxy runs, or the tenant or a server is missing; then nothing has changed
     */
    Operation runOffline(CutoverConfig config, String tenant, VerbName verb, VerbRequest request, String actor)
            throws StartupException;

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

        /**
         * Reads the configuration again and applies what can be applied.
         *
         * @param actor who asks, for the audit log
         * @throws StartupException in one line; then nothing has changed
         */
        ReloadReport reload(String actor) throws StartupException;

        /**
         * What happens when {@code cutover drain} names this proxy, once and on a thread of its own. It should close the proxy and end the
         * process.
         */
        void onDrain(Runnable end);

        /** Tells load balancers for a while, stops accepting, lets running transactions end for a while, then closes everything. */
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
