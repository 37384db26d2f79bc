// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.util.ArrayList;
import java.util.List;

/**
 * What a scenario has measured: the page is written from this alone.
 *
 * @param scenario its folder's name
 * @param machine and versions
 * @param quick whether it only shows that everything runs
 */
record Report(
        String scenario,
        String title,
        String machine,
        boolean quick,
        List<Table> tables,
        List<Chart> charts,
        List<Target> targets) {

    Report(String scenario, String title, String machine, boolean quick) {
        this(scenario, title, machine, quick, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    /** @param rows cells as they are shown */
    record Table(String title, List<String> columns, List<List<String>> rows) {}

    /** @param kind how it is drawn */
    record Chart(String name, String title, String xTitle, String yTitle, Kind kind, List<Series> series) {}

    enum Kind {
        /** Named bars; x is not used. */
        BARS,
        LINES,
        /** Lines over a logarithmic axis of percentiles. */
        PERCENTILES
    }

    record Series(String name, List<String> labels, List<Double> x, List<Double> y) {}

    record Target(String what, String wanted, String measured, boolean met) {}

    void target(String what, String wanted, String measured, boolean met) {
        targets.add(new Target(what, wanted, measured, met));
    }
}
