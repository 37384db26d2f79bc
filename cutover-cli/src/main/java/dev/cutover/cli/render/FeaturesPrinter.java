// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import dev.cutover.config.adminapi.TenantFeature;
import java.io.PrintStream;
import java.util.List;

/** Prints the features of a tenant, a line each. */
public final class FeaturesPrinter {
    private static final String FORMAT = "%-24s %-4s %-10s %s%n";

    private FeaturesPrinter() {}

    public static void print(PrintStream out, List<TenantFeature> features) {
        if (features.isEmpty()) {
            out.println("the configuration declares no features");
            return;
        }
        out.printf(FORMAT, "feature", "", "needs", "reason");
        for (TenantFeature feature : features) {
            out.printf(FORMAT, feature.name(), feature.on() ? "on" : "off", feature.needs(), feature.reason());
        }
    }
}
