// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

import java.util.List;

/** One numbered folder of {@code benchmarks/scenarios}, or the JMH benchmarks. */
interface Scenario {
    /** The folder's name. */
    String name();

    String title();

    /** Whether it runs with {@code all}; if not, it must be asked for by its name. */
    default boolean partOfAll() {
        return true;
    }

    /** Programs beside PostgreSQL's own that must be installed. */
    default List<String> programs() {
        return List.of();
    }

    void run(Bench bench, Report report) throws Exception;
}
