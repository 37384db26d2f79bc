// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import dev.cutover.benchmarks.load.Report.Kind;
import java.io.IOException;
import java.nio.file.Path;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws charts as SVG. */
final class Plots {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 420;

    private Plots() {}

    static void write(Report.Chart chart, Path file) throws IOException {
        if (chart.kind() == Kind.BARS) {
            VectorGraphicsEncoder.saveVectorGraphic(bars(chart), file.toString(), VectorGraphicsFormat.SVG);
        } else {
            VectorGraphicsEncoder.saveVectorGraphic(lines(chart), file.toString(), VectorGraphicsFormat.SVG);
        }
    }

    private static CategoryChart bars(Report.Chart chart) {
        CategoryChart drawn = new CategoryChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(chart.title())
                .xAxisTitle(chart.xTitle())
                .yAxisTitle(chart.yTitle())
                .build();
        drawn.getStyler().setLegendVisible(chart.series().size() > 1).setAntiAlias(true);
        chart.series().forEach(series -> drawn.addSeries(series.name(), series.labels(), series.y()));
        return drawn;
    }

    private static XYChart lines(Report.Chart chart) {
        XYChart drawn = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(chart.title())
                .xAxisTitle(chart.xTitle())
                .yAxisTitle(chart.yTitle())
                .build();
        drawn.getStyler().setLegendPosition(LegendPosition.InsideNW);
        drawn.getStyler().setXAxisLogarithmic(chart.kind() == Kind.PERCENTILES);
        drawn.getStyler().setYAxisLogarithmic(chart.kind() == Kind.PERCENTILES);
        chart.series().forEach(series -> drawn.addSeries(series.name(), series.x(), series.y())
                .setMarker(SeriesMarkers.NONE));
        return drawn;
    }
}
