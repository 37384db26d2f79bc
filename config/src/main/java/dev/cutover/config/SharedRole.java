package dev.cutover.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Two tenants with a side in one database, and a role that may log in to both. A client of one can reach the other's rows by the
 * name of its schema, as far as the role has rights there.
 *
 * @param role {@code *} if both let in every role
 */
public record SharedRole(String first, String second, String role, String database) {
    private static final String EVERY_ROLE = "*";

    /** All pairs of tenants that share a role and do not say so by {@code shares-roles-with}, each once. */
    public static List<SharedRole> notDeclared(CutoverConfig config) {
        List<TenantConfig> tenants = List.copyOf(config.tenants().values());
        List<SharedRole> found = new ArrayList<>();
        for (int i = 0; i < tenants.size(); i++) {
            for (int k = i + 1; k < tenants.size(); k++) {
                SharedRole shared = between(tenants.get(i), tenants.get(k));
                if (shared != null) {
                    found.add(shared);
                }
            }
        }
        return found;
    }

    private static @Nullable SharedRole between(TenantConfig one, TenantConfig other) {
        if (one.sessions().sharesRolesWith().contains(other.name())
                || other.sessions().sharesRolesWith().contains(one.name())) {
            return null;
        }
        String database = sides(one)
                .filter(side -> sides(other).anyMatch(side::sameDatabase))
                .map(SideConfig::database)
                .findFirst()
                .orElse(null);
        String role = role(one.sessions().users(), other.sessions().users());
        return database == null || role == null ? null : new SharedRole(one.name(), other.name(), role, database);
    }

    private static Stream<SideConfig> sides(TenantConfig tenant) {
        SideConfig green = tenant.green();
        return green == null ? Stream.of(tenant.blue()) : Stream.of(tenant.blue(), green);
    }

    /** A role of both lists; null if there is none. A list that is null has every role. */
    private static @Nullable String role(@Nullable List<String> one, @Nullable List<String> other) {
        if (one == null || other == null) {
            return one != null ? one.get(0) : other != null ? other.get(0) : EVERY_ROLE;
        }
        Set<String> roles = Set.copyOf(other);
        return one.stream().filter(roles::contains).findFirst().orElse(null);
    }

    /** For a line of the log. */
    public String line() {
        return "tenants-share-role tenants=" + first + "," + second + " role=" + role + " database=" + database;
    }
}
