// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.command.move;

import dev.cutover.config.adminapi.Pacing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How fast one thread passes rows. */
public final class RateOption {
    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "at most N rows a second; 0: no limit (default: as configured)")
    private @Nullable Integer rate;

    Pacing pacing() {
        return new Pacing(rate, null);
    }
}
