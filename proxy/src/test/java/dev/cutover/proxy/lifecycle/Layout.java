// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import dev.cutover.config.MirrorMode;

/** Where a tenant's two sides lie, and how writes reach the idle one. */
public enum Layout {
    INLINE(MirrorMode.INLINE),
    DEFERRED_IN_ONE_DATABASE(MirrorMode.DEFERRED),
    TWO_DATABASES(MirrorMode.DEFERRED),
    TWO_SERVERS(MirrorMode.DEFERRED);

    final MirrorMode mirror;

    Layout(MirrorMode mirror) {
        this.mirror = mirror;
    }
}
