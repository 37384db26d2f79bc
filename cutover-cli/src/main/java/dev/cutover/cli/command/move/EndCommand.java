// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.cli.command.process.Runtimes;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import dev.cutover.config.yaml.ConfigLoader;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What the verbs that end a transition have in common: they also run while no proxy does. */
public abstract class EndCommand extends OperationCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--offline", description = "run without a proxy; needs --config, and no proxy may be running")
    private boolean offline;

    @Option(names = "--config", paramLabel = "FILE", description = "the configuration file for --offline")
    private @Nullable Path file;

    EndCommand(VerbName verb) {
        super(verb);
    }

    CommandLine commandLine() {
        return spec.commandLine();
    }

    @Override
    public Integer call() throws AdminException, ConfigException, StartupException {
        if (!offline && file == null) {
            return super.call();
        }
        if (!offline || file == null) {
            throw new ParameterException(commandLine(), "--offline and --config FILE go together");
        }
        Operation operation = Runtimes.proxy()
                .runOffline(
                        ConfigLoader.load(file),
                        tenant(),
                        verb(),
                        request(),
                        System.getProperty("user.name", "") + " (offline)");
        return report(operation);
    }
}
