// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.TenantConfig;
import dev.cutover.config.feature.Features;
import dev.cutover.proxy.control.snapshot.Snapshots;
import dev.cutover.proxy.control.store.ControlStore;
import dev.cutover.proxy.control.store.SideDatabases;
import java.util.Collection;
import java.util.function.Supplier;

/**
 * What all tenants share.
 *
 * @param warmth opens client connections before a flip
 * @param all every tenant's configuration at the moment
 * @param features that the configuration declares at the moment
 */
public record TenantServices(
        SideDatabases databases,
        ControlStore store,
        ConnectionWarmer warmth,
        Snapshots snapshots,
        Supplier<Collection<TenantConfig>> all,
        Supplier<Features> features) {}
