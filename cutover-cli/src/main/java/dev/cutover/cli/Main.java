package dev.cutover.cli;

import dev.cutover.cli.admin.AdminException;
import dev.cutover.cli.verb.AbortCommand;
import dev.cutover.cli.verb.BackfillCommand;
import dev.cutover.cli.verb.BaselineCommand;
import dev.cutover.cli.verb.CheckCommand;
import dev.cutover.cli.verb.CompleteCommand;
import dev.cutover.cli.verb.DemoCommand;
import dev.cutover.cli.verb.DoctorCommand;
import dev.cutover.cli.verb.ExplainCommand;
import dev.cutover.cli.verb.FlipCommand;
import dev.cutover.cli.verb.HistoryCommand;
import dev.cutover.cli.verb.LedgerCommand;
import dev.cutover.cli.verb.MirrorCommand;
import dev.cutover.cli.verb.PauseCommand;
import dev.cutover.cli.verb.PrepareCommand;
import dev.cutover.cli.verb.ProxyCommand;
import dev.cutover.cli.verb.ReloadCommand;
import dev.cutover.cli.verb.RestoreCommand;
import dev.cutover.cli.verb.ResumeCommand;
import dev.cutover.cli.verb.ResyncCommand;
import dev.cutover.cli.verb.RollbackCommand;
import dev.cutover.cli.verb.RunCommand;
import dev.cutover.cli.verb.SnapshotCommand;
import dev.cutover.cli.verb.SnapshotsCommand;
import dev.cutover.cli.verb.StatusCommand;
import dev.cutover.cli.verb.TenantsCommand;
import dev.cutover.cli.verb.UpCommand;
import dev.cutover.cli.verb.VerifyCommand;
import dev.cutover.cli.verb.VersionsCommand;
import dev.cutover.cli.verb.WatchCommand;
import dev.cutover.config.runtime.StartupException;
import dev.cutover.config.yaml.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParameterException;

/** The operator's command. */
@Command(
        name = "cutover",
        description = "Moves tenants between PostgreSQL schemas: no failed query, no lost write, no reconnect.",
        mixinStandardHelpOptions = true,
        version = "cutover 0.1.0",
        subcommands = {
            UpCommand.class,
            ProxyCommand.class,
            ReloadCommand.class,
            TenantsCommand.class,
            VersionsCommand.class,
            StatusCommand.class,
            WatchCommand.class,
            CheckCommand.class,
            RunCommand.class,
            PrepareCommand.class,
            MirrorCommand.class,
            BackfillCommand.class,
            VerifyCommand.class,
            PauseCommand.class,
            ResumeCommand.class,
            DoctorCommand.class,
            HistoryCommand.class,
            LedgerCommand.class,
            ResyncCommand.class,
            FlipCommand.class,
            RollbackCommand.class,
            CompleteCommand.class,
            AbortCommand.class,
            BaselineCommand.class,
            SnapshotCommand.class,
            SnapshotsCommand.class,
            RestoreCommand.class,
            ExplainCommand.class,
            DemoCommand.class
        })
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    /** Runs one command line; returns its exit code. */
    static int run(String... arguments) {
        return commandLine().execute(arguments);
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setExecutionExceptionHandler(oneLine())
                .setExitCodeExceptionMapper(e -> e instanceof ParameterException ? ExitCode.USAGE : ExitCode.FAILED);
    }

    /** What an operator can mend is told in one line; anything else is a bug and comes with its trace. */
    private static IExecutionExceptionHandler oneLine() {
        return (exception, command, parsed) -> {
            int code = exitCode(exception);
            if (code < 0) {
                throw exception;
            }
            command.getErr().println("cutover: " + exception.getMessage());
            return code;
        };
    }

    private static int exitCode(Exception exception) {
        if (exception instanceof AdminException admin) {
            return admin.exitCode();
        }
        if (exception instanceof ConfigException) {
            return ExitCode.USAGE;
        }
        return exception instanceof StartupException ? ExitCode.FAILED : -1;
    }
}
