// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.process;

import dev.cutover.cli.exit.ExitCode;
import dev.cutover.config.CutoverConfig;
import dev.cutover.config.launch.ProxyRuntime.RunningProxy;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import dev.cutover.config.yaml.ConfigLoader;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "proxy",
        description = "Run the proxy in front of existing PostgreSQL servers, until SIGTERM or Ctrl-C.",
        mixinStandardHelpOptions = true)
public final class ProxyCommand implements Callable<Integer> {
    @Option(names = "--config", required = true, paramLabel = "FILE", description = "the configuration file")
    private Path file = Path.of("cutover.yaml");

    @Override
    public Integer call() throws ConfigException, StartupException {
        CutoverConfig config = ConfigLoader.load(file);
        RunningProxy proxy = Runtimes.proxy().start(config, this::read);
        Hangup.onSignal(proxy);
        proxy.onDrain(Termination::begin);
        System.out.println("cutover listens on " + config.listen().host() + ":" + proxy.port() + ", admin API on "
                + config.admin().endpoint().host() + ":" + proxy.adminPort());
        if (config.admin().token() == null) {
            System.out.println("admin.token is not configured: the admin API is closed");
        }
        Termination.await(proxy::close);
        return ExitCode.OK;
    }

    private CutoverConfig read() throws StartupException {
        try {
            return ConfigLoader.load(file);
        } catch (ConfigException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
    }
}
