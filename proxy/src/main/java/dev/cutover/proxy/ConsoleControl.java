// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy;

import dev.cutover.config.adminapi.Operation;
import dev.cutover.config.adminapi.ProxyStatus;
import dev.cutover.config.adminapi.ReloadReport;
import dev.cutover.config.adminapi.TenantSummary;
import dev.cutover.config.adminapi.VerbName;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.console.AdminCommands;
import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.ControlPlane.OperationRefused;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What the admin database has the control plane do: the same operations as the admin API. */
record ConsoleControl(ControlPlane plane, Reload reload) implements AdminCommands {
    @Override
    public List<String> users() {
        return reload.running().admin().users();
    }

    @Override
    public List<TenantSummary> tenants() {
        return plane.tenants();
    }

    @Override
    public List<ProxyStatus> proxies() {
        try {
            return plane.proxies();
        } catch (SQLException e) {
            throw new IllegalStateException("the control database does not answer: " + OneLine.of(e), e);
        }
    }

    @Override
    public Optional<Operation> run(String tenant, VerbName verb, String actor) throws InterruptedException {
        try {
            return plane.run(tenant, verb, VerbRequest.PLAIN, actor);
        } catch (OperationRefused e) {
            throw new IllegalStateException(e.getMessage(), e);
        } catch (SQLException e) {
            throw new IllegalStateException("the control database does not answer: " + OneLine.of(e), e);
        }
    }

    @Override
    public ReloadReport reload(String actor) throws StartupException {
        return reload.run(actor);
    }
}
