// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli;

import dev.cutover.cli.command.campaign.CampaignCommand;
import dev.cutover.cli.command.inspect.CheckCommand;
import dev.cutover.cli.command.inspect.DoctorCommand;
import dev.cutover.cli.command.inspect.ExplainCommand;
import dev.cutover.cli.command.inspect.FeaturesCommand;
import dev.cutover.cli.command.inspect.HistoryCommand;
import dev.cutover.cli.command.inspect.LedgerCommand;
import dev.cutover.cli.command.inspect.ProxiesCommand;
import dev.cutover.cli.command.inspect.SnapshotsCommand;
import dev.cutover.cli.command.inspect.StatusCommand;
import dev.cutover.cli.command.inspect.TenantsCommand;
import dev.cutover.cli.command.inspect.VersionsCommand;
import dev.cutover.cli.command.inspect.WatchCommand;
import dev.cutover.cli.command.move.AbortCommand;
import dev.cutover.cli.command.move.BackfillCommand;
import dev.cutover.cli.command.move.BaselineCommand;
import dev.cutover.cli.command.move.CompleteCommand;
import dev.cutover.cli.command.move.FlipCommand;
import dev.cutover.cli.command.move.MigrateCommand;
import dev.cutover.cli.command.move.MirrorCommand;
import dev.cutover.cli.command.move.PauseCommand;
import dev.cutover.cli.command.move.PrepareCommand;
import dev.cutover.cli.command.move.RestoreCommand;
import dev.cutover.cli.command.move.ResumeCommand;
import dev.cutover.cli.command.move.ResyncCommand;
import dev.cutover.cli.command.move.RollbackCommand;
import dev.cutover.cli.command.move.RunCommand;
import dev.cutover.cli.command.move.SnapshotCommand;
import dev.cutover.cli.command.move.TransformCommand;
import dev.cutover.cli.command.move.UndoCommand;
import dev.cutover.cli.command.move.VerifyCommand;
import dev.cutover.cli.command.process.DemoCommand;
import dev.cutover.cli.command.process.DrainCommand;
import dev.cutover.cli.command.process.ProxyCommand;
import dev.cutover.cli.command.process.ReloadCommand;
import dev.cutover.cli.command.process.UpCommand;
import dev.cutover.cli.command.tenant.TenantCommand;
import dev.cutover.cli.exit.AdminException;
import dev.cutover.cli.exit.ExitCode;
import dev.cutover.cli.render.PrintableStream;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.yaml.ConfigException;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParameterException;

/** The operator's command. */
@Command(
        name = "cutover",
        description = "Moves tenants between PostgreSQL schemas: no failed query, no lost write, no reconnect.",
        mixinStandardHelpOptions = true,
        version = "cutover 0.1.0")
public final class Main {
    /** In the order of the help. */
    private static final List<String> COMMANDS = List.of(
            "up",
            "proxy",
            "reload",
            "tenants",
            "tenant",
            "proxies",
            "drain",
            "versions",
            "features",
            "status",
            "watch",
            "check",
            "run",
            "campaign",
            "prepare",
            "mirror",
            "backfill",
            "verify",
            "pause",
            "resume",
            "doctor",
            "history",
            "ledger",
            "resync",
            "flip",
            "rollback",
            "complete",
            "abort",
            "baseline",
            "migrate",
            "undo",
            "transform",
            "snapshot",
            "snapshots",
            "restore",
            "explain",
            "demo");

    private Main() {}

    public static void main(String[] arguments) {
        System.setOut(new PrintableStream(System.out));
        System.exit(run(arguments));
    }

    /** Runs one command line; returns its exit code. */
    static int run(String... arguments) {
        // Reading the annotations of all of them takes as long as the rest of a short command.
        boolean known = arguments.length > 0 && COMMANDS.contains(arguments[0]);
        return commandLine(known ? List.of(arguments[0]) : COMMANDS).execute(arguments);
    }

    static CommandLine commandLine() {
        return commandLine(COMMANDS);
    }

    private static CommandLine commandLine(List<String> commands) {
        CommandLine root = new CommandLine(new Main());
        commands.forEach(name -> root.addSubcommand(command(name)));
        return root.setExecutionExceptionHandler(oneLine())
                .setExitCodeExceptionMapper(e -> e instanceof ParameterException ? ExitCode.USAGE : ExitCode.FAILED);
    }

    private static Object command(String name) {
        return switch (name) {
            case "up" -> new UpCommand();
            case "proxy" -> new ProxyCommand();
            case "reload" -> new ReloadCommand();
            case "tenants" -> new TenantsCommand();
            case "tenant" -> new TenantCommand();
            case "proxies" -> new ProxiesCommand();
            case "drain" -> new DrainCommand();
            case "versions" -> new VersionsCommand();
            case "features" -> new FeaturesCommand();
            case "status" -> new StatusCommand();
            case "watch" -> new WatchCommand();
            case "check" -> new CheckCommand();
            case "run" -> new RunCommand();
            case "campaign" -> new CampaignCommand();
            case "prepare" -> new PrepareCommand();
            case "mirror" -> new MirrorCommand();
            case "backfill" -> new BackfillCommand();
            case "verify" -> new VerifyCommand();
            case "pause" -> new PauseCommand();
            case "resume" -> new ResumeCommand();
            case "doctor" -> new DoctorCommand();
            case "history" -> new HistoryCommand();
            case "ledger" -> new LedgerCommand();
            case "resync" -> new ResyncCommand();
            case "flip" -> new FlipCommand();
            case "rollback" -> new RollbackCommand();
            case "complete" -> new CompleteCommand();
            case "abort" -> new AbortCommand();
            case "baseline" -> new BaselineCommand();
            case "migrate" -> new MigrateCommand();
            case "undo" -> new UndoCommand();
            case "transform" -> new TransformCommand();
            case "snapshot" -> new SnapshotCommand();
            case "snapshots" -> new SnapshotsCommand();
            case "restore" -> new RestoreCommand();
            case "explain" -> new ExplainCommand();
            case "demo" -> new DemoCommand();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** What an operator can repair is told in one line; anything else is a bug and comes with its trace. */
    private static IExecutionExceptionHandler oneLine() {
        return (exception, command, parsed) -> {
            int code = exitCode(exception);
            if (code < 0) {
                throw exception;
            }
            command.getErr().println("cutover: " + PrintableStream.escape(String.valueOf(exception.getMessage())));
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
