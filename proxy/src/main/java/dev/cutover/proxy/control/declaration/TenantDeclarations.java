// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.declaration;

import dev.cutover.config.TenantEntries;
import dev.cutover.config.TenantEntryException;
import dev.cutover.config.adminapi.DeclarationResult;
import dev.cutover.config.adminapi.DeclaredTenants;
import dev.cutover.config.adminapi.ReloadReport.Change;
import dev.cutover.config.adminapi.TenantDeclaration;
import dev.cutover.config.declared.DeclaredTenant;
import dev.cutover.config.declared.DeclaredTenant.Source;
import dev.cutover.config.declared.EntryEdit;
import dev.cutover.config.declared.MergedTenants;
import dev.cutover.config.launch.StartupException;
import dev.cutover.proxy.control.store.DeclaredStore;
import dev.cutover.proxy.control.store.DeclaredStore.Declared;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Declares, changes and removes tenants. A change is checked as a reload of the file would check it, is written to the control database,
 * and holds at this proxy when the call returns. The other proxies of the fleet follow within about a second. Safe for use by many
 * threads.
 */
public final class TenantDeclarations {
    private static final Logger LOG = LoggerFactory.getLogger(TenantDeclarations.class);

    private final DeclaredStore store;
    private final ServedTenants served;
    private final Audit audit;

    /** Writes to the audit log. */
    @FunctionalInterface
    public interface Audit {
        void write(String tenant, String actor, String command, String result, String message) throws SQLException;
    }

    public TenantDeclarations(DeclaredStore store, ServedTenants served, Audit audit) {
        this.store = store;
        this.served = served;
        this.audit = audit;
    }

    /** What is declared, and what this proxy cannot serve of it. */
    public DeclaredTenants list() throws SQLException {
        Map<String, String> problems = served.problems();
        List<DeclaredTenants.Declared> tenants = store.load().tenants().stream()
                .map(tenant -> new DeclaredTenants.Declared(
                        tenant.name(), tenant.source().name(), tenant.entry(), problems.get(tenant.name())))
                .toList();
        return new DeclaredTenants(tenants, served.file().catalog() == null ? null : store.catalogRun());
    }

    /**
     * Declares a tenant.
     *
     * @throws TenantEntryException if its entry is not as it should be
     * @throws DeclarationRefusedException if it clashes with another tenant, or is there with another entry
     */
    public DeclarationResult add(String tenant, TenantDeclaration wanted, String actor)
            throws TenantEntryException, DeclarationRefusedException, SQLException {
        return audited(tenant, actor, "tenant add", () -> {
            while (true) {
                Declared now = store.load();
                refuseIfInFile(tenant);
                String entry = entry(tenant, "{}", wanted);
                DeclaredTenant known = now.find(tenant);
                if (known != null && !EntryEdit.same(known.entry(), entry)) {
                    throw new DeclarationRefusedException("tenant " + tenant
                            + " is declared already, with another entry; cutover tenant set changes it");
                }
                if (known != null) {
                    return unchanged(tenant, "tenant " + tenant + " is declared already; nothing to do");
                }
                DeclaredTenant declared = new DeclaredTenant(tenant, entry, Source.COMMAND);
                check(now, declared);
                if (store.put(List.of(declared), now.revision())) {
                    return applied(tenant, "tenant " + tenant + " added");
                }
            }
        });
    }

    /**
     * Changes the entry of a declared tenant, or its tags.
     *
     * @throws TenantEntryException if the new entry is not as it should be
     * @throws DeclarationRefusedException if no such tenant is declared, or if the change cannot hold while the tenant is served
     */
    public DeclarationResult set(String tenant, TenantDeclaration wanted, String actor)
            throws TenantEntryException, DeclarationRefusedException, SQLException {
        return audited(tenant, actor, "tenant set", () -> {
            while (true) {
                Declared now = store.load();
                refuseIfInFile(tenant);
                DeclaredTenant known = now.find(tenant);
                if (known == null) {
                    throw new DeclarationRefusedException(
                            "tenant " + tenant + " is not declared; cutover tenant add declares it");
                }
                refuseIfInCatalog(known);
                String entry = entry(tenant, known.entry(), wanted);
                if (EntryEdit.same(known.entry(), entry)) {
                    return unchanged(tenant, "tenant " + tenant + " has this entry already; nothing to do");
                }
                DeclaredTenant declared = new DeclaredTenant(tenant, entry, Source.COMMAND);
                check(now, declared);
                if (store.put(List.of(declared), now.revision())) {
                    return applied(tenant, "tenant " + tenant + " changed");
                }
            }
        });
    }

    /**
     * Removes a declared tenant. Its route and its history stay in the control database.
     *
     * @throws DeclarationRefusedException if it is in transition, if a verb runs on it, or if the file or the catalog declares it
     */
    public DeclarationResult remove(String tenant, String actor)
            throws TenantEntryException, DeclarationRefusedException, SQLException {
        return audited(tenant, actor, "tenant remove", () -> {
            while (true) {
                Declared now = store.load();
                DeclaredTenant known = now.find(tenant);
                if (known == null) {
                    refuseIfInFile(tenant);
                    return unchanged(tenant, "tenant " + tenant + " is not there; nothing to do");
                }
                refuseIfInCatalog(known);
                Optional<String> refused = store.remove(tenant, now.revision());
                if (refused.isPresent()) {
                    throw new DeclarationRefusedException("tenant " + tenant + " stays: " + refused.get());
                }
                if (store.load().find(tenant) == null) {
                    return applied(tenant, "tenant " + tenant + " removed");
                }
            }
        });
    }

    private void check(Declared now, DeclaredTenant wanted) throws DeclarationRefusedException {
        String problem = DeclarationCheck.of(served, now, List.of(wanted)).get(wanted.name());
        if (problem != null) {
            throw new DeclarationRefusedException(problem);
        }
    }

    private String entry(String tenant, String before, TenantDeclaration wanted) throws TenantEntryException {
        String written = wanted.entry();
        TenantEntries entries = served.file().entries();
        String base = written == null ? before : entries.parse(written);
        String entry = EntryEdit.apply(base, wanted.template(), wanted.tags(), wanted.untag());
        entries.check(tenant, entry);
        return entry;
    }

    private void refuseIfInFile(String tenant) throws DeclarationRefusedException {
        if (served.file().tenants().containsKey(tenant)) {
            throw new DeclarationRefusedException(MergedTenants.inFile(tenant));
        }
    }

    private void refuseIfInCatalog(DeclaredTenant tenant) throws DeclarationRefusedException {
        if (tenant.source() == Source.CATALOG && served.file().catalog() != null) {
            throw new DeclarationRefusedException(
                    "the catalog table of tenants-from declares tenant " + tenant.name() + "; change its row there");
        }
    }

    private static DeclarationResult unchanged(String tenant, String message) {
        return new DeclarationResult(tenant, false, message);
    }

    /** The change is in the control database. What this proxy cannot apply now, it tries again. */
    private DeclarationResult applied(String tenant, String done) {
        String later = "; this proxy follows later: ";
        try {
            for (Change change : served.apply()) {
                if (change.key().equals("tenants." + tenant) && !change.applied()) {
                    return new DeclarationResult(tenant, true, done + later + change.line());
                }
            }
            return new DeclarationResult(tenant, true, done);
        } catch (StartupException e) {
            return new DeclarationResult(tenant, true, done + later + e.getMessage());
        }
    }

    @FunctionalInterface
    private interface Work {
        DeclarationResult run() throws TenantEntryException, DeclarationRefusedException, SQLException;
    }

    private DeclarationResult audited(String tenant, String actor, String command, Work work)
            throws TenantEntryException, DeclarationRefusedException, SQLException {
        try {
            DeclarationResult result = work.run();
            LOG.info(
                    "declared tenant: command={} tenant={} changed={} actor={}",
                    command,
                    tenant,
                    result.changed(),
                    actor);
            written(tenant, actor, command, "SUCCEEDED", result.message());
            return result;
        } catch (TenantEntryException | DeclarationRefusedException e) {
            written(tenant, actor, command, "REFUSED", String.valueOf(e.getMessage()));
            throw e;
        }
    }

    private void written(String tenant, String actor, String command, String result, @Nullable String message) {
        try {
            audit.write(tenant, actor, command, result, String.valueOf(message));
        } catch (SQLException e) {
            LOG.warn("audit entry lost: command={}", command, e);
        }
    }
}
