// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.net;

import java.util.List;

/** The names of the triggers of the net, the same on each table. */
final class NetTriggers {
    static final String ROW = "cutover_net_row";
    static final String KEY = "cutover_net_key";
    static final String TRUNCATE = "cutover_net_truncate";

    static final List<String> ALL = List.of(ROW, KEY, TRUNCATE);

    private NetTriggers() {}
}
