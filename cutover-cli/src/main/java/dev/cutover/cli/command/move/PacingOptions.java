package dev.cutover.cli.command.move;

import dev.cutover.config.api.Pacing;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How fast rows are to be passed. */
public final class PacingOptions {
    @Option(names = "--rate", paramLabel = "N", description = "rows a second at most, 0 for no limit (as configured)")
    private @Nullable Integer rate;

    @Option(names = "--workers", paramLabel = "N", description = "how many threads work side by side (as configured)")
    private @Nullable Integer workers;

    Pacing pacing() {
        return new Pacing(rate, workers);
    }
}
