// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.declaration;

import dev.cutover.config.TenantCatalog;
import dev.cutover.config.launch.StartupException;
import dev.cutover.config.text.OneLine;
import dev.cutover.proxy.control.store.DeclaredStore;
import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks once a second whether other proxies have declared or removed tenants, and whether it is this proxy's turn to run the query of
 * {@code tenants-from}. Two threads, for any number of tenants: a query that takes long does not delay what others have declared.
 */
public final class DeclarationWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(DeclarationWatch.class);
    private static final long LOOK_SECONDS = 1;
    private static final int RETRY_LOOKS = 5;
    private static final long END_SECONDS = 5;

    private final DeclaredStore store;
    private final ServedTenants served;
    private final CatalogQuery query;
    private final ScheduledExecutorService threads = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "declared-tenants");
        thread.setDaemon(true);
        return thread;
    });
    private int looks;
    private @Nullable String lastFailure;

    /** @param catalogs the database in which a catalog's query runs */
    public DeclarationWatch(DeclaredStore store, ServedTenants served, Function<TenantCatalog, DataSource> catalogs) {
        this.store = store;
        this.served = served;
        this.query = new CatalogQuery(store, served, catalogs);
    }

    public void start() {
        threads.scheduleWithFixedDelay(this::follow, 0, LOOK_SECONDS, TimeUnit.SECONDS);
        threads.scheduleWithFixedDelay(this::ask, 0, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    private void follow() {
        try {
            looks++;
            if (store.revision() != served.revision() || served.pending() && looks % RETRY_LOOKS == 0) {
                served.apply();
            }
            lastFailure = null;
        } catch (SQLException | StartupException | RuntimeException e) {
            String failure = OneLine.of(e);
            if (!failure.equals(lastFailure)) {
                LOG.warn("declared tenants cannot be followed reason={}", failure);
            }
            lastFailure = failure;
        }
    }

    private void ask() {
        try {
            TenantCatalog catalog = served.running().catalog();
            if (catalog != null && store.catalogTurn(catalog.every())) {
                query.run(catalog);
            }
        } catch (SQLException | RuntimeException e) {
            LOG.debug("the query of tenants-from could not begin reason={}", OneLine.of(e));
        }
    }

    /** Waits for a look that is running, for some seconds at most. Then nothing is followed any more. */
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
