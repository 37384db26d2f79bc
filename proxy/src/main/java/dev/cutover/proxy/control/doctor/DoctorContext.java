// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.doctor;

import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.dualwrite.analyze.token.Names;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.TenantRecord;
import dev.cutover.proxy.control.tenant.Tenant;
import dev.cutover.proxy.control.tenant.TenantSides;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A tenant as {@link Examination}s see it.
 *
 * @param recorded its row in the control database at this moment
 * @param known every tenant that the control database knows
 * @param movement null for a tenant that is only routed
 */
public record DoctorContext(
        Tenant tenant,
        TenantRecord recorded,
        Set<String> known,
        @Nullable TenantSides movement) {

    static DoctorContext of(Tenant tenant) throws SQLException, RefusedException {
        return new DoctorContext(
                tenant, tenant.recorded(), tenant.known(), tenant.config().movable() ? tenant.movement() : null);
    }

    /** A database of the tenant. @param sides those that lie there */
    record Place(String name, DataSource database, List<Side> sides) {}

    /** Each database that a side lies in, once; none for a tenant that is only routed. */
    List<Place> places() {
        if (movement == null) {
            return List.of();
        }
        List<Place> places = new ArrayList<>();
        if (movement.oneDatabase()) {
            places.add(place(movement, List.of(Side.BLUE, Side.GREEN)));
        } else {
            places.add(place(movement, List.of(Side.BLUE)));
            places.add(place(movement, List.of(Side.GREEN)));
        }
        return places;
    }

    /** Where the tenant's marks and progress lie. */
    TransitionSchema transition() {
        return Objects.requireNonNull(movement, "only a movable tenant has a transition")
                .transition();
    }

    /** Those of them that have that schema. */
    List<Place> placesWithTransition() throws SQLException {
        List<Place> found = new ArrayList<>();
        for (Place place : places()) {
            try (Connection connection = place.database().getConnection()) {
                if (transition().has(connection, "dirty_key")) {
                    found.add(place);
                }
            }
        }
        return found;
    }

    /** A side's schema. */
    String schema(Side side) {
        return Objects.requireNonNull(movement, "only a movable tenant has places")
                .schema(side);
    }

    /** Whether its sides are kept equal, or should be. */
    boolean mirrors() {
        return recorded.phase().mirroring();
    }

    /** Whether something of the last transition is still to be removed: then it is no leftover yet. */
    boolean awaitsCleanup() {
        return recorded.pendingWork() == TenantRecord.PendingWork.CLEANUP;
    }

    private static Place place(TenantSides movement, List<Side> sides) {
        SideConfig side = sides.get(0) == Side.BLUE ? movement.blue() : movement.green();
        return new Place(
                "database " + Names.quote(side.database()) + " of cluster " + side.cluster(),
                movement.database(sides.get(0)),
                sides);
    }
}
