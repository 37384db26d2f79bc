// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import dev.cutover.config.adminapi.Operation;
import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar for an operation that counts; silent where nobody looks at a terminal. */
public final class ProgressLine implements AutoCloseable {
    private static final int UPDATE_MILLIS = 200;

    private final @Nullable PrintStream out;
    private @Nullable ProgressBar bar;

    private ProgressLine(@Nullable PrintStream out) {
        this.out = out;
    }

    public static ProgressLine on(PrintStream out, Output output) {
        return new ProgressLine(output == Output.text && System.console() != null ? out : null);
    }

    public void show(Operation operation) {
        Operation.Progress progress = operation.progress();
        if (out == null || progress == null) {
            return;
        }
        if (bar == null) {
            bar = new ProgressBarBuilder()
                    .setTaskName(operation.verb())
                    .setUnit(" " + progress.unit(), 1)
                    .setInitialMax(progress.total())
                    .setStyle(ProgressBarStyle.ASCII)
                    .setUpdateIntervalMillis(UPDATE_MILLIS)
                    .showSpeed()
                    .build();
        }
        bar.maxHint(progress.total());
        bar.stepTo(progress.done());
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
        }
    }
}
