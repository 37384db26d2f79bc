package dev.cutover.proxy.admin;

import dev.cutover.config.control.Operation;
import dev.cutover.config.control.ReloadReport;
import dev.cutover.config.control.TenantSummary;
import dev.cutover.config.runtime.StartupException;
import java.util.List;
import java.util.Optional;

/** What the admin database has others do. Every method may block. */
public interface ControlSide {
    /** The roles that may use the admin database at this moment. */
    List<String> users();

    List<TenantSummary> tenants();

    /**
     * Runs a verb to its end; empty for a tenant that is not configured.
     *
     * @throws IllegalStateException if another operation is at work on the tenant
     */
    Optional<Operation> run(String tenant, String verb, String actor) throws InterruptedException;

    /** @throws StartupException in one line; then nothing has changed */
    ReloadReport reload(String actor) throws StartupException;
}
