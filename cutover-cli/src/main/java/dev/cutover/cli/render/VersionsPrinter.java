// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import dev.cutover.config.adminapi.SideVersion;
import java.io.PrintStream;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Prints the versions of tenants' sides, a line each, and below it what is not as it should be. */
public final class VersionsPrinter {
    private static final String FORMAT = "%-20s %-6s %-8s %-20s %-14s %s%n";

    private VersionsPrinter() {}

    public static void print(PrintStream out, List<SideVersion> versions) {
        out.printf(FORMAT, "tenant", "side", "", "schema", "version", "migrations, catalog");
        for (SideVersion side : versions) {
            out.printf(
                    FORMAT,
                    side.tenant(),
                    side.side().label(),
                    side.serving() ? "serving" : "",
                    Objects.requireNonNullElse(side.schema(), ""),
                    Objects.requireNonNullElse(side.version(), "none"),
                    side.error() != null ? side.error() : migrations(side) + ", " + catalog(side));
            lines(out, side.problems());
            lines(out, side.drift());
        }
    }

    private static String migrations(SideVersion side) {
        List<String> problems = side.problems();
        return problems == null
                ? "not looked at"
                : problems.isEmpty() ? "as applied" : problems.size() + " not in order";
    }

    private static String catalog(SideVersion side) {
        List<String> drift = side.drift();
        if (drift == null) {
            return "drift unknown: " + side.unknownDrift();
        }
        return drift.isEmpty() ? "no drift" : "drift in " + drift.size() + " lines";
    }

    private static void lines(PrintStream out, @Nullable List<String> lines) {
        if (lines != null) {
            lines.forEach(line -> out.println("    " + line));
        }
    }
}
