// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.console;

import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.launch.StartupException;
import java.util.List;
import java.util.Optional;

/** What the admin database has others do. Every method may block. */
public interface AdminCommands {
    /** The roles that may use the admin database at this moment. */
    List<String> users();

    List<TenantSummary> tenants();

    /** @throws IllegalStateException if the control database does not answer */
    List<ProxyStatus> proxies();

    /**
     * Runs a verb to its end; empty for a tenant that is not configured.
     *
     * @throws IllegalStateException if another operation is running on the tenant
     */
    Optional<Operation> run(String tenant, VerbName verb, String actor) throws InterruptedException;

    /** @throws StartupException in one line; then nothing has changed */
    ReloadReport reload(String actor) throws StartupException;
}
