// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.readcompare.SampledRead;
import dev.cutover.proxy.route.ReadSampling;

/**
 * A read of the sample, until its success is known.
 *
 * @param unreadable why it cannot be run again; empty if it can
 */
record SampledExecution(ReadSampling sampling, SampledRead read, String unreadable) {
    void completed() {
        if (unreadable.isEmpty()) {
            sampling.completed(read);
        } else {
            sampling.completedUnreadable(read.sql(), unreadable);
        }
    }
}
