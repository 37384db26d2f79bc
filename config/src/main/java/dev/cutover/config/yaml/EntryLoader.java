// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import dev.cutover.config.TenantConfig;
import dev.cutover.config.TenantEntries;
import dev.cutover.config.TenantEntryException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Makes tenants of entries as one version of the configuration file completes them. An entry that was made once is not read again, so
 * files that it names hold until the configuration file is read again.
 */
final class EntryLoader implements TenantEntries {
    private static final String PLACE = "the entry";

    private final TenantTemplates templates;
    private final Supplier<TenantLoader> loader;
    private final Map<String, Made> made = new ConcurrentHashMap<>();

    private record Made(String entry, TenantConfig tenant) {}

    EntryLoader(TenantTemplates templates, Supplier<TenantLoader> loader) {
        this.templates = templates;
        this.loader = loader;
    }

    @Override
    public String parse(String yaml) throws TenantEntryException {
        try {
            return YamlNode.parse(PLACE, yaml).json();
        } catch (ConfigException e) {
            throw new TenantEntryException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public void check(String tenant, String entry) throws TenantEntryException {
        try {
            YamlNode maintenance = placed(tenant, entry).orNothing().get("maintenance");
            YamlNode password = maintenance.orNothing().get("password");
            if (password.present() && !password.isObject()) {
                throw password.complaint("would be stored in the control database; give {env: NAME} or {file: PATH}");
            }
            make(tenant, entry);
        } catch (ConfigException e) {
            throw new TenantEntryException(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public TenantConfig make(String tenant, String entry) throws TenantEntryException {
        Made before = made.get(tenant);
        if (before != null && before.entry().equals(entry)) {
            return before.tenant();
        }
        try {
            YamlNode node = placed(tenant, entry);
            TenantsLoader.refuseName(tenant, node);
            TenantConfig config = loader.get().load(tenant, templates.complete(tenant, node));
            made.put(tenant, new Made(entry, config));
            return config;
        } catch (ConfigException e) {
            throw new TenantEntryException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The entry at its place under {@code tenants}, which complaints name. */
    private static YamlNode placed(String tenant, String entry) throws ConfigException {
        return YamlNode.parse(PLACE, "{\"tenants\": " + entry + "}")
                .get("tenants")
                .named(tenant);
    }
}
