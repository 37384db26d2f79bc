// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import java.sql.SQLException;
import java.util.Collection;
import java.util.Set;

/** Asks a database for marks. */
@FunctionalInterface
interface MarkLook {
    /** @return the names of those tenants that have marks which are due */
    Set<String> marked(Collection<ResyncTurns> idle) throws SQLException;
}
