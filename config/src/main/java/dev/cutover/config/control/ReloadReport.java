package dev.cutover.config.control;

import java.util.List;

/** What a reload found changed in the configuration file, in the file's order. */
public record ReloadReport(List<Change> changes) {
    /**
     * One key.
     *
     * @param key with its path in the file
     * @param change what it was and what it is, secrets left out
     * @param applied false if it holds after a restart only
     */
    public record Change(String key, String change, boolean applied) {
        /** As it is told to an operator. */
        public String line() {
            return key + ": " + change + (applied ? "" : " (needs a restart)");
        }
    }
}
