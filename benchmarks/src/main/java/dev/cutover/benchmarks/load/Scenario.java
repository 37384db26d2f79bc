package dev.cutover.benchmarks.load;

/** One numbered folder of {@code benchmarks/scenarios}. */
interface Scenario {
    /** The folder's name. */
    String name();

    String title();

    void run(Bench bench, Report report) throws Exception;
}
