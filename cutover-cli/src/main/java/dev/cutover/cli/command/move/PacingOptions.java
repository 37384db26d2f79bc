// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.Pacing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How fast rows are to be passed. */
public final class PacingOptions {
    @Mixin
    private RateOption rate = new RateOption();

    @Option(names = "--workers", paramLabel = "N", description = "use N threads (default: as configured)")
    private @Nullable Integer workers;

    Pacing pacing() {
        return new Pacing(rate.pacing().rate(), workers);
    }
}
