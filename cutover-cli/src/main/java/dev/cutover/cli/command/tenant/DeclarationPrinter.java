// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.tenant;

import dev.cutover.cli.render.JsonPrinter;
import dev.cutover.cli.render.Output;
import dev.cutover.config.adminapi.DeclarationResult;
import dev.cutover.config.adminapi.DeclaredTenants;
import dev.cutover.config.adminapi.DeclaredTenants.CatalogRun;
import dev.cutover.config.adminapi.DeclaredTenants.Declared;
import java.util.Locale;

/** Prints what the commands of this package answer. */
final class DeclarationPrinter {
    private DeclarationPrinter() {}

    static void print(Output output, DeclarationResult result) {
        if (output == Output.json) {
            JsonPrinter.print(System.out, result);
        } else {
            System.out.println(result.message());
        }
    }

    static void print(Output output, DeclaredTenants declared) {
        if (output == Output.json) {
            JsonPrinter.print(System.out, declared);
            return;
        }
        if (declared.tenants().isEmpty()) {
            System.out.println("no tenant is declared outside the configuration file");
        }
        for (Declared tenant : declared.tenants()) {
            System.out.println(
                    tenant.tenant() + " (" + tenant.source().toLowerCase(Locale.ROOT) + ") " + tenant.entry());
            if (tenant.problem() != null) {
                System.out.println("  problem: " + tenant.problem());
            }
        }
        CatalogRun run = declared.catalog();
        if (run != null) {
            System.out.println("tenants-from: " + (run.at() == null ? "has not run yet" : "last ran at " + run.at()));
            if (run.error() != null) {
                System.out.println("  problem: " + run.error());
            }
        }
    }
}
