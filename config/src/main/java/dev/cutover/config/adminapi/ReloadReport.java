// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a reload found changed in the configuration file, in the file's order. */
public record ReloadReport(List<Change> changes) {
    /**
     * One key.
     *
     * @param key with its path in the file
     * @param change what it was and what it is, secrets left out
     * @param applied false if it does not hold yet
     * @param reason why it does not hold yet, if a restart is not what it needs; else null
     */
    public record Change(
            String key,
            String change,
            boolean applied,
            @Nullable String reason) {
        /** One that is applied, or needs a restart. */
        public Change(String key, String change, boolean applied) {
            this(key, change, applied, null);
        }

        /** As the operator sees it. */
        public String line() {
            String pending = reason == null ? " (needs a restart)" : " (not applied: " + reason + ")";
            return key + ": " + change + (applied ? "" : pending);
        }
    }
}
