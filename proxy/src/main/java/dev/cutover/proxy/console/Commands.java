// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.console;

import dev.cutover.config.adminapi.FlipResult;
import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.launch.StartupException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Understands the texts that operators send. */
public final class Commands {
    static final String KNOWN =
            "SHOW TENANTS | SESSIONS | POOLS | BACKENDS | LISTS | STATS | PINS | DATABASES | VERSION | HELP,"
                    + " FLIP tenant, ROLLBACK tenant, RELOAD";

    /** A quoted name, a semicolon, or a word. */
    private static final Pattern TOKEN = Pattern.compile("\"([^\"]*)\"|'([^']*)'|(;)|([^\\s;\"']+)");

    private final AdminCommands control;
    private final Views views;

    Commands(AdminCommands control, Views views) {
        this.control = control;
        this.views = views;
    }

    /** The commands of one text; none for an empty one. */
    List<Command> parse(String text) throws AdminFailure {
        List<Command> commands = new ArrayList<>();
        List<String> words = new ArrayList<>();
        Matcher tokens = TOKEN.matcher(text);
        while (tokens.find()) {
            if (tokens.group(3) == null) {
                words.add(word(tokens));
            } else {
                add(commands, words);
            }
        }
        add(commands, words);
        return commands;
    }

    private static String word(Matcher token) {
        for (int group : new int[] {1, 2, 4}) {
            if (token.group(group) != null) {
                return token.group(group);
            }
        }
        return "";
    }

    private void add(List<Command> commands, List<String> words) throws AdminFailure {
        if (!words.isEmpty()) {
            commands.add(command(List.copyOf(words)));
            words.clear();
        }
    }

    private Command command(List<String> words) throws AdminFailure {
        String verb = words.get(0).toUpperCase(Locale.ROOT);
        String rest = words.size() == 2 ? words.get(1) : "";
        switch (verb) {
            case "SHOW":
                return show(rest.toUpperCase(Locale.ROOT));
            case "FLIP", "ROLLBACK":
                if (words.size() == 2) {
                    return move(verb.equals("FLIP") ? VerbName.FLIP : VerbName.ROLLBACK, rest);
                }
                break;
            case "RELOAD":
                if (words.size() == 1) {
                    return reload();
                }
                break;
            default:
                break;
        }
        // Drivers send these by themselves. There is nothing to set, and every command stands for itself.
        return switch (verb) {
            case "SET", "BEGIN", "COMMIT", "DISCARD" -> Command.nothing(verb);
            case "ROLLBACK" -> {
                if (words.size() > 1) {
                    throw unknown(String.join(" ", words));
                }
                yield Command.nothing(verb);
            }
            default -> throw unknown(String.join(" ", words));
        };
    }

    private Command show(String what) throws AdminFailure {
        Command command = views.show(what);
        if (command == null) {
            throw unknown("SHOW " + what);
        }
        return command;
    }

    private static AdminFailure unknown(String text) {
        String shown = text.length() > 100 ? text.substring(0, 100) + "..." : text;
        return new AdminFailure(
                "42601",
                "the admin database has no command \"" + shown.strip() + "\"",
                "It has: " + KNOWN + ". SHOW HELP tells what each does.");
    }

    private Command move(VerbName verb, String tenant) {
        return new Command(verb.name(), List.of("tenant", "serving", "epoch", "hold_ms", "message"), actor -> {
            Operation operation = run(tenant, verb, actor);
            FlipResult result = operation.flip();
            if (operation.state() != Operation.State.SUCCEEDED || result == null) {
                throw new AdminFailure(
                        sqlState(operation.state()),
                        verb + " of tenant \"" + tenant + "\": " + operation.message(),
                        details(operation));
            }
            return List.of(List.of(
                    tenant,
                    result.serving().label(),
                    Long.toString(result.epoch()),
                    String.format(Locale.ROOT, "%.1f", result.holdMillis()),
                    operation.message()));
        });
    }

    private Operation run(String tenant, VerbName verb, String actor) throws AdminFailure, InterruptedException {
        try {
            return control.run(tenant, verb, actor)
                    .orElseThrow(() -> new AdminFailure(
                            "42704", "there is no tenant \"" + tenant + "\"", "SHOW TENANTS lists them."));
        } catch (IllegalStateException e) {
            throw new AdminFailure("55006", String.valueOf(e.getMessage()), "Wait until it has ended.");
        }
    }

    private static String sqlState(Operation.State state) {
        return switch (state) {
            case REFUSED -> "55000";
            case TIMED_OUT -> "55P03";
            default -> "58000";
        };
    }

    /** Who or what blocks it. */
    private static String details(Operation operation) {
        List<String> details = new ArrayList<>();
        operation
                .blockers()
                .forEach(blocker -> details.add("pid " + blocker.pid() + " of client " + blocker.client() + " is "
                        + blocker.state() + " for " + blocker.ageMillis() + " ms"));
        operation.findings().forEach(finding -> details.add(finding.guardrail() + ": " + finding.finding()));
        return details.isEmpty() ? "cutover status and cutover check tell more." : String.join("; ", details);
    }

    private Command reload() {
        return new Command("RELOAD", List.of("key", "change", "applied"), actor -> {
            try {
                return control.reload(actor).changes().stream()
                        .map(change ->
                                List.of(change.key(), change.change(), change.applied() ? "yes" : "after a restart"))
                        .toList();
            } catch (StartupException e) {
                throw new AdminFailure("F0000", String.valueOf(e.getMessage()), "Nothing has changed.");
            }
        });
    }
}
