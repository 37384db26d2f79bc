// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The roles that may log in to tenants of one database. A client of one tenant can reach another tenant's rows by the name of
 * its schema if both tenants let in the same role and have a side in the same database.
 */
public final class TenantRoles {
    /** In {@code shares-roles-with}: all other tenants of the file. */
    public static final String EVERY_TENANT = "*";

    private final Map<String, Endpoint> servers;
    private final Map<Place, LetIn> letIn = new HashMap<>();

    TenantRoles(Map<String, ClusterConfig> clusters) {
        servers = SameServers.of(clusters);
    }

    /** A database. Two clusters of the file may be one server. */
    private record Place(Endpoint server, String database) {}

    /** Who lets in whom in one database. */
    private record LetIn(List<TenantConfig> everyRole, Map<String, List<TenantConfig>> byRole, List<TenantConfig> all) {
        LetIn() {
            this(new ArrayList<>(), new HashMap<>(), new ArrayList<>());
        }
    }

    /**
     * A role that two tenants share and that the file does not allow them to share.
     *
     * @param role null if both let in every role
     */
    public record Shared(String with, @Nullable String role, String database) {
        /** What a complaint about the second tenant says. */
        public String line() {
            return "lets in " + (role == null ? "every role" : "the role " + role) + ", as tenant " + with
                    + " does, and both have a side in the database " + database
                    + ": a client of one could reach the other's rows";
        }
    }

    /** What a tenant shares with one that was added; null if nothing, or if the file allows it. */
    @Nullable Shared find(TenantConfig tenant) {
        for (Place place : places(tenant)) {
            LetIn others = letIn.get(place);
            Shared found = others == null ? null : shared(tenant, others, place);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    void add(TenantConfig tenant) {
        List<String> users = tenant.sessions().users();
        for (Place place : places(tenant)) {
            LetIn there = letIn.computeIfAbsent(place, any -> new LetIn());
            there.all().add(tenant);
            if (users == null) {
                there.everyRole().add(tenant);
            } else {
                users.forEach(role -> there.byRole()
                        .computeIfAbsent(role, any -> new ArrayList<>())
                        .add(tenant));
            }
        }
    }

    private Set<Place> places(TenantConfig tenant) {
        Set<Place> places = new LinkedHashSet<>();
        Stream.of(Side.values())
                .map(tenant::side)
                .filter(Objects::nonNull)
                .map(this::place)
                .forEach(places::add);
        return places;
    }

    private static @Nullable Shared shared(TenantConfig tenant, LetIn others, Place place) {
        List<String> users = tenant.sessions().users();
        if (users == null) {
            TenantConfig other = untrusted(tenant, others.all());
            return other == null ? null : new Shared(other.name(), aRole(other), place.database());
        }
        for (String role : users) {
            TenantConfig other = untrusted(tenant, others.byRole().getOrDefault(role, List.of()));
            other = other == null ? untrusted(tenant, others.everyRole()) : other;
            if (other != null) {
                return new Shared(other.name(), role, place.database());
            }
        }
        return null;
    }

    private static @Nullable String aRole(TenantConfig tenant) {
        List<String> users = tenant.sessions().users();
        return users == null ? null : users.get(0);
    }

    private static @Nullable TenantConfig untrusted(TenantConfig tenant, List<TenantConfig> others) {
        if (tenant.sessions().sharesRolesWith().contains(EVERY_TENANT)) {
            return null;
        }
        return others.stream()
                .filter(other -> !trust(tenant, other))
                .findFirst()
                .orElse(null);
    }

    /** Whether one of two tenants says that it trusts the other one. */
    public static boolean trust(TenantConfig one, TenantConfig other) {
        return trusts(one, other) || trusts(other, one);
    }

    private static boolean trusts(TenantConfig tenant, TenantConfig other) {
        List<String> trusted = tenant.sessions().sharesRolesWith();
        return trusted.contains(other.name()) || trusted.contains(EVERY_TENANT);
    }

    private Place place(SideConfig side) {
        return new Place(
                Objects.requireNonNull(servers.get(side.cluster()), "a side's cluster is configured"), side.database());
    }
}
