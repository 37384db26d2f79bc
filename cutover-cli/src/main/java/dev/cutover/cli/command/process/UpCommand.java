// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.process;

import dev.cutover.cli.demo.Sandbox;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "up",
        description =
                "Start an embedded PostgreSQL with the demo's tenants and a proxy in front of it, and keep them running.",
        mixinStandardHelpOptions = true)
public final class UpCommand implements Callable<Integer> {
    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "the proxy's port (default: ${DEFAULT-VALUE}; 0: any free port)")
    private int port = 6432;

    @Option(
            names = "--admin-port",
            paramLabel = "PORT",
            description = "the admin API's port (default: ${DEFAULT-VALUE}; 0: any free port)")
    private int adminPort = 6480;

    @Override
    public Integer call() throws StartupException, ConfigException, IOException, SQLException {
        Path directory = Path.of(System.getProperty("cutover.home", "."), "target", "up");
        Sandbox sandbox = Sandbox.start(Runtimes.proxy(), directory, port, adminPort);
        System.out.printf(
                """
                PostgreSQL %s is embedded on port %d; its data goes when this command ends.
                Connect to a tenant:   psql -h 127.0.0.1 -p %d -U acme acme       (or globex)
                Move it:               export CUTOVER_ADMIN=http://127.0.0.1:%d CUTOVER_TOKEN=$(cat %s)
                                       ./cutover prepare acme && ./cutover mirror acme && ./cutover backfill acme
                                       ./cutover verify acme && ./cutover flip acme && ./cutover status acme
                The configuration is in %s. Ctrl-C ends it all.
                """,
                sandbox.postgresVersion(),
                sandbox.postgresPort(),
                sandbox.port(),
                sandbox.adminPort(),
                sandbox.tokenFile(),
                sandbox.configFile());
        Termination.await(sandbox::close);
        return ExitCode.OK;
    }
}
