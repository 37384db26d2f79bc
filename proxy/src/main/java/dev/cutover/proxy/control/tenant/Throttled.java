// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import org.jspecify.annotations.Nullable;

/** Work on a tenant's rows that is held back at times. */
@FunctionalInterface
public interface Throttled {
    /** What it is held back by, in one line; null if by nothing. */
    @Nullable String reason();
}
