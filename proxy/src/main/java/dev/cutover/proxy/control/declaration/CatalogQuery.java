// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.declaration;

import dev.cutover.config.TenantCatalog;
import dev.cutover.config.TenantEntryException;
import dev.cutover.config.declared.CatalogRow;
import dev.cutover.config.declared.DeclaredTenant;
import dev.cutover.config.declared.DeclaredTenant.Source;
import dev.cutover.config.declared.EntryEdit;
import dev.cutover.config.declared.MergedTenants;
import dev.cutover.config.text.OneLine;
import dev.cutover.dualwrite.database.Transactions;
import dev.cutover.proxy.control.store.DeclaredStore;
import dev.cutover.proxy.control.store.DeclaredStore.Declared;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the query of {@code tenants-from}, and declares what it finds. A query that fails, or finds no row, changes nothing; a row that
 * cannot be used changes nothing for its tenant. For one thread.
 */
final class CatalogQuery {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogQuery.class);
    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(5);
    private static final int SECONDS = 30;
    private static final int SHOWN_PROBLEMS = 10;

    private final DeclaredStore store;
    private final ServedTenants served;
    private final Function<TenantCatalog, DataSource> databases;
    private @Nullable String lastError;

    CatalogQuery(DeclaredStore store, ServedTenants served, Function<TenantCatalog, DataSource> databases) {
        this.store = store;
        this.served = served;
        this.databases = databases;
    }

    /** @throws SQLException if the control database does not answer */
    void run(TenantCatalog catalog) throws SQLException {
        Map<String, String> problems = new LinkedHashMap<>();
        String failure = null;
        try {
            List<CatalogRow> rows = rows(catalog);
            declare(catalog, rows, problems);
            removeOthers(rows, problems);
        } catch (SQLException e) {
            failure = "nothing has changed: " + OneLine.of(e);
        }
        String error = failure != null ? failure : line(problems);
        if (error != null && !error.equals(lastError)) {
            LOG.warn("the query of tenants-from failed, or has rows that cannot be used reason={}", error);
        }
        lastError = error;
        store.catalogRan(error);
    }

    private static @Nullable String line(Map<String, String> problems) {
        if (problems.isEmpty()) {
            return null;
        }
        List<String> lines = problems.entrySet().stream()
                .limit(SHOWN_PROBLEMS)
                .map(problem -> problem.getKey() + ": " + problem.getValue())
                .toList();
        int more = problems.size() - lines.size();
        return String.join("; ", lines) + (more == 0 ? "" : "; and " + more + " more");
    }

    private List<CatalogRow> rows(TenantCatalog catalog) throws SQLException {
        return Transactions.once(databases.apply(catalog), LOCK_TIMEOUT, connection -> rows(connection, catalog.sql()));
    }

    private static List<CatalogRow> rows(Connection connection, String sql) throws SQLException {
        List<CatalogRow> found = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION READ ONLY");
            statement.setQueryTimeout(SECONDS);
            try (ResultSet rows = statement.executeQuery(sql)) {
                ResultSetMetaData columns = rows.getMetaData();
                while (rows.next()) {
                    Map<String, @Nullable String> values = new LinkedHashMap<>();
                    for (int i = 2; i <= columns.getColumnCount(); i++) {
                        values.put(columns.getColumnLabel(i), rows.getString(i));
                    }
                    String name = rows.getString(1);
                    found.add(new CatalogRow(name == null ? "" : name, values));
                }
            }
        }
        return found;
    }

    private void declare(TenantCatalog catalog, List<CatalogRow> rows, Map<String, String> problems)
            throws SQLException {
        Map<String, String> entries = new LinkedHashMap<>();
        for (CatalogRow row : rows) {
            try {
                String entry = row.entry(catalog.template());
                if (entries.containsKey(row.name())) {
                    problems.put(row.name(), "two rows have this name; the first one holds");
                    continue;
                }
                if (served.file().tenants().containsKey(row.name())) {
                    problems.put(row.name(), MergedTenants.inFile(row.name()));
                    continue;
                }
                entries.put(row.name(), entry);
            } catch (TenantEntryException e) {
                problems.put(row.name(), String.valueOf(e.getMessage()));
            }
        }
        boolean done = false;
        while (!done) {
            done = declare(entries, problems);
        }
    }

    /** @return false if somebody else has changed the declarations meanwhile */
    private boolean declare(Map<String, String> entries, Map<String, String> problems) throws SQLException {
        Declared now = store.load();
        Map<String, DeclaredTenant> known = new LinkedHashMap<>();
        now.tenants().forEach(tenant -> known.put(tenant.name(), tenant));
        List<DeclaredTenant> wanted = new ArrayList<>();
        entries.forEach((name, entry) -> {
            DeclaredTenant before = known.get(name);
            if (before != null && before.source() == Source.COMMAND) {
                problems.put(name, "was declared by cutover tenant add; remove it there");
            } else if ((before == null || !EntryEdit.same(before.entry(), entry)) && fits(name, entry, problems)) {
                wanted.add(new DeclaredTenant(name, entry, Source.CATALOG));
            }
        });
        if (wanted.isEmpty()) {
            return true;
        }
        Map<String, String> refused = DeclarationCheck.of(served, now, wanted);
        problems.putAll(refused);
        wanted.removeIf(tenant -> refused.containsKey(tenant.name()));
        return wanted.isEmpty() || store.put(wanted, now.revision());
    }

    private boolean fits(String name, String entry, Map<String, String> problems) {
        try {
            served.file().entries().check(name, entry);
            return true;
        } catch (TenantEntryException e) {
            problems.put(name, String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void removeOthers(List<CatalogRow> rows, Map<String, String> problems) throws SQLException {
        Set<String> found = rows.stream().map(CatalogRow::name).collect(Collectors.toSet());
        List<String> gone = store.load().tenants().stream()
                .filter(tenant -> tenant.source() == Source.CATALOG && !found.contains(tenant.name()))
                .map(DeclaredTenant::name)
                .toList();
        if (rows.isEmpty() && !gone.isEmpty()) {
            problems.put("the query", "finds no row; its " + gone.size() + " tenant(s) stay");
            return;
        }
        for (String name : gone) {
            // Another proxy may change the declarations at the same time; the next run removes what this one could not.
            Optional<String> refused = store.remove(name, store.revision());
            refused.ifPresent(reason -> problems.put(name, "stays: " + reason));
        }
    }
}
