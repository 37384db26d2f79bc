// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.declaration;

import dev.cutover.config.CutoverConfig;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.config.launch.StartupException;
import java.util.List;
import java.util.Map;

/** The tenants that this proxy serves, and how declared ones join them. Safe for use by many threads. */
public interface ServedTenants {
    /** The configuration as the file had it when it was last read. */
    CutoverConfig file();

    /** What holds at this moment. */
    CutoverConfig running();

    /** The revision of the declarations that hold here. */
    long revision();

    /** Whether a change of the tenants is not applied yet, such as the removal of one that is in transition. */
    boolean pending();

    /** Why declared tenants are not served as their entries say, by name. */
    Map<String, String> problems();

    /**
     * Serves the tenants that the control database declares now.
     *
     * @return the changes of tenants, with those that are not applied yet
     * @throws StartupException in one line; then nothing has changed
     */
    List<Change> apply() throws StartupException;
}
