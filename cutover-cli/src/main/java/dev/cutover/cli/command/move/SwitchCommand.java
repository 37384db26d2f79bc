// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.FlipResult;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import java.util.Set;
import java.util.Stack;
import java.util.TreeSet;
import picocli.CommandLine.IParameterConsumer;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What flip and rollback have in common. */
public abstract class SwitchCommand extends OperationCommand {
    /** Of plain {@code --force}, which has no name. */
    private static final String PLAIN = "";

    @Option(
            names = "--force",
            arity = "0..1",
            paramLabel = "GUARDRAIL",
            parameterConsumer = NameIfThereIsOne.class,
            description =
                    "override the guardrail of this name. Without a name: cancel transactions that outlast drain-timeout"
                            + " (their clients get 57014), and override the guardrails that concern single sessions")
    private Set<String> force = new TreeSet<>();

    @Option(names = "--dry-run", description = "run the guardrails and print the steps; change nothing")
    private boolean dryRun;

    SwitchCommand(VerbName verb) {
        super(verb);
    }

    @Override
    VerbRequest request() {
        Set<String> named = new TreeSet<>(force);
        return new VerbRequest.Switch(named.remove(PLAIN), dryRun, named);
    }

    @Override
    protected Object document(Operation operation) {
        FlipResult flip = operation.flip();
        return flip == null ? operation : flip;
    }

    private static ParameterException unknown(CommandSpec command, String name) {
        return new ParameterException(
                command.commandLine(),
                "there is no guardrail \"" + name + "\"; those that can be forced: " + GuardrailName.forceable());
    }

    /** In {@code flip --force acme}, acme is the tenant: only a guardrail's name belongs to the option. */
    static final class NameIfThereIsOne implements IParameterConsumer {
        @Override
        public void consumeParameters(Stack<String> args, ArgSpec option, CommandSpec command) {
            Set<String> names = option.getValue();
            boolean named = !args.isEmpty() && GuardrailName.of(args.peek()).isPresent();
            if (!named && isWord(args, 1) && (isWord(args, 2) || hasTenant(command))) {
                throw unknown(command, args.peek());
            }
            names.add(named ? args.pop() : PLAIN);
        }

        /** Whether a word follows at that place; an option is none. */
        private static boolean isWord(Stack<String> args, int place) {
            return args.size() >= place && !args.get(args.size() - place).startsWith("-");
        }

        private static boolean hasTenant(CommandSpec command) {
            return command.positionalParameters().stream()
                    .anyMatch(parameter -> parameter.getValue() instanceof String tenant && !tenant.isEmpty());
        }
    }
}
