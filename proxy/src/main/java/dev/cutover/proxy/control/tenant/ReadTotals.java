// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** How many of a tenant's sampled reads came out how, since the proxy started. Safe for use by many threads. */
public final class ReadTotals {
    private final Map<ReadOutcome, LongAdder> totals = new EnumMap<>(ReadOutcome.class);

    ReadTotals() {
        for (ReadOutcome outcome : ReadOutcome.values()) {
            totals.put(outcome, new LongAdder());
        }
    }

    public LongAdder of(ReadOutcome outcome) {
        return Objects.requireNonNull(totals.get(outcome));
    }
}
