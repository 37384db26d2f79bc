// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.http;

import dev.cutover.config.AdminConfig;
import dev.cutover.config.launch.StartupException;
import dev.cutover.proxy.control.ControlPlane;
import dev.cutover.proxy.control.declaration.TenantDeclarations;
import dev.cutover.proxy.control.http.AdminApi.Reloader;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;

/**
 * The admin API while it starts in a thread of its own: it takes as long as the control database does, and needs nothing of it
 * before a call comes.
 */
public final class StartingAdminApi {
    private final CompletableFuture<ControlPlane> control = new CompletableFuture<>();
    private final CompletableFuture<Reloader> reloader = new CompletableFuture<>();
    private final CompletableFuture<TenantDeclarations> declarations = new CompletableFuture<>();
    private final FutureTask<AdminApi> started;

    private StartingAdminApi(AdminConfig config, Supplier<String> metrics) {
        this.started = new FutureTask<>(() -> AdminApi.start(
                control, config, metrics, actor -> reloader.join().reload(actor), declarations::join));
    }

    public static StartingAdminApi begin(AdminConfig config, Supplier<String> metrics) {
        StartingAdminApi starting = new StartingAdminApi(config, metrics);
        Thread thread = new Thread(starting.started, "cutover-admin-start");
        thread.setDaemon(true);
        thread.start();
        return starting;
    }

    /** Waits until it listens, and lets calls in. @throws StartupException if it cannot listen */
    public AdminApi ready(ControlPlane plane, Reloader reload, TenantDeclarations declared) throws StartupException {
        AdminApi admin = await();
        reloader.complete(reload);
        declarations.complete(declared);
        control.complete(plane);
        return admin;
    }

    /** The proxy does not start, for another reason. */
    public void abandon() {
        try {
            await().close();
        } catch (StartupException | RuntimeException e) {
            // It has not started either; the other reason is told.
        }
    }

    private AdminApi await() throws StartupException {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return started.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StartupException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
