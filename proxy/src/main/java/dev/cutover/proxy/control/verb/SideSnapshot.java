// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.ClusterConfig;
import dev.cutover.config.Login;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.adminapi.SnapshotInfo;
import dev.cutover.dualwrite.catalog.CatalogReader;
import dev.cutover.dualwrite.database.Rows;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.snapshot.ArchiveSource;
import dev.cutover.proxy.control.snapshot.SnapshotException;
import dev.cutover.proxy.control.snapshot.Snapshots;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/** Takes snapshots of a tenant's sides and restores them. */
public final class SideSnapshot {
    /** What was not the server's fault; libpq's programs do not tell a state. */
    private static final String SYSTEM_ERROR = "58000";

    private static final int VERSIONS_PER_MAJOR = 10_000;

    private SideSnapshot() {}

    /** @throws RefusedException with the way out, if no snapshot can be taken of the side */
    static void require(Tenant tenant, Side side) throws RefusedException, SQLException, InterruptedException {
        TenantSides movement = tenant.movement();
        try (Connection connection = movement.database(side).getConnection()) {
            if (!CatalogReader.schemaExists(connection, movement.schema(side))) {
                throw new RefusedException("there is nothing to take a snapshot of: " + side.label() + " has no schema "
                        + movement.schema(side));
            }
            tenant.snapshots().require(serverVersion(connection));
        } catch (SnapshotException e) {
            throw new RefusedException(String.valueOf(e.getMessage()));
        }
    }

    private static int serverVersion(Connection connection) throws SQLException {
        return Rows.query(connection, "SELECT current_setting('server_version_num')::int", row -> row.getInt(1))
                        .get(0)
                / VERSIONS_PER_MAJOR;
    }

    static SnapshotInfo take(Tenant tenant, Side side, BooleanSupplier cancelled)
            throws RefusedException, SQLException, InterruptedException {
        require(tenant, side);
        try {
            return tenant.snapshots().take(tenant.name(), side, source(tenant, side), cancelled);
        } catch (SnapshotException e) {
            throw failed(e);
        }
    }

    /** @throws RefusedException if the tenant has none of that name, or it does not fit the side */
    static SnapshotInfo find(Tenant tenant, String name, Side side, BooleanSupplier cancelled)
            throws RefusedException, SQLException, InterruptedException {
        Snapshots snapshots = tenant.snapshots();
        try {
            SnapshotInfo found = snapshots.list(tenant.name()).stream()
                    .filter(one -> one.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new RefusedException("tenant " + tenant.name() + " has no snapshot " + name
                            + "; snapshots lists what there is"));
            if (found.side() != side) {
                throw new RefusedException("snapshot " + name + " is of "
                        + found.side().label() + ", and the idle side is " + side.label());
            }
            snapshots.check(found, tenant.movement().schema(side), cancelled);
            return found;
        } catch (SnapshotException e) {
            throw new RefusedException(String.valueOf(e.getMessage()));
        }
    }

    static void restore(Tenant tenant, SnapshotInfo snapshot, BooleanSupplier cancelled)
            throws RefusedException, SQLException, InterruptedException {
        try {
            tenant.snapshots().restore(snapshot, source(tenant, snapshot.side()), cancelled);
        } catch (SnapshotException e) {
            throw failed(e);
        }
    }

    private static SQLException failed(SnapshotException e) {
        return new SQLException(e.getMessage(), SYSTEM_ERROR, e);
    }

    private static ArchiveSource source(Tenant tenant, Side side) throws RefusedException {
        TenantSides movement = tenant.movement();
        SideConfig place = side == Side.BLUE ? movement.blue() : movement.green();
        Login login = Objects.requireNonNull(tenant.config().maintenance(), "a movable tenant has a maintenance role")
                .login();
        ClusterConfig cluster = tenant.cluster(side);
        return new ArchiveSource(cluster, place.database(), movement.schema(side), login);
    }
}
