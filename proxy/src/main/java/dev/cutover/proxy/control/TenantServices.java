package dev.cutover.proxy.control;

import dev.cutover.config.TenantConfig;
import dev.cutover.proxy.control.snapshot.Snapshots;
import java.util.Collection;
import java.util.function.Supplier;

/**
 * What all tenants share.
 *
 * @param warmth opens client connections before a flip
 * @param all every tenant's configuration at the moment
 */
record TenantServices(
        SideDatabases databases,
        ControlStore store,
        Warmth warmth,
        Snapshots snapshots,
        Supplier<Collection<TenantConfig>> all) {}
