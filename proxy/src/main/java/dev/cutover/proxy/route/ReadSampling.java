// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import dev.cutover.dualwrite.readcompare.SampledRead;

/** Takes samples of a tenant's reads. For any thread; never blocks. */
public interface ReadSampling {
    /** Whether the read that is about to be sent is one of the sample. */
    boolean next();

    /** A read of the sample has succeeded. */
    void completed(SampledRead read);

    /** One has succeeded that cannot be run again. */
    void completedUnreadable(String sql, String why);
}
