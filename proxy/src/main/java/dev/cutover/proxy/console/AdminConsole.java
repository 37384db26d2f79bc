// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.console;

import dev.cutover.proxy.backend.BackendPools;
import dev.cutover.proxy.metrics.ProxyMeters;
import dev.cutover.proxy.route.TenantRouting;
import dev.cutover.proxy.session.shared.AdminDatabase;
import dev.cutover.proxy.session.shared.ClientStage;
import java.util.Collection;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/** The admin database of one proxy. Commands run away from the event loops. */
public final class AdminConsole implements AdminDatabase, AutoCloseable {
    private final AdminCommands control;
    private final Commands commands;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "admin-database");
        thread.setDaemon(true);
        return thread;
    });

    public AdminConsole(
            AdminCommands control,
            Supplier<Collection<TenantRouting>> tenants,
            Supplier<BackendPools> backends,
            Supplier<ProxyMeters> meters) {
        this.control = control;
        this.commands = new Commands(control, new Views(control, tenants, backends, meters));
    }

    @Override
    public boolean admits(String user) {
        return control.users().contains(user);
    }

    @Override
    public ClientStage open(Operator operator) {
        return new AdminStage(operator, commands, threads);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
