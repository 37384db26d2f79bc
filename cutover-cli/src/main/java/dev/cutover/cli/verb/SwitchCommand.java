package dev.cutover.cli.verb;

import dev.cutover.config.control.FlipResult;
import dev.cutover.config.control.Operation;
import dev.cutover.config.control.OperationRequest;
import picocli.CommandLine.Option;

/** What flip and rollback have in common. */
abstract class SwitchCommand extends OperationCommand {
    @Option(names = "--force", description = "cancel transactions that outlast drain-timeout (their clients get 57014)")
    private boolean force;

    @Option(names = "--dry-run", description = "only run the guardrails")
    private boolean dryRun;

    SwitchCommand(String verb) {
        super(verb);
    }

    @Override
    OperationRequest request() {
        return new OperationRequest(force, false, false, dryRun);
    }

    @Override
    Object document(Operation operation) {
        FlipResult flip = operation.flip();
        return flip == null ? operation : flip;
    }
}
