// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.tenant;

import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import dev.cutover.proxy.control.maintenance.MaintenanceDatabase;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.store.SideDatabases;
import java.util.Objects;

/**
 * The parts of a movable tenant's configuration that every verb needs.
 *
 * @param blueDatabase the database that the blue side lies in, as the maintenance role
 * @param greenDatabase the green side's; the same object if both lie in one
 * @param transition where the tenant's marks and progress lie, in each database
 */
public record TenantSides(
        TenantConfig config,
        SideConfig blue,
        SideConfig green,
        MaintenanceDatabase blueDatabase,
        MaintenanceDatabase greenDatabase,
        TransitionSchema transition) {

    /** @throws RefusedException for a tenant that is only routed */
    static TenantSides of(TenantConfig config, SideDatabases databases) throws RefusedException {
        SideConfig green = config.green();
        MaintenanceConfig maintenance = config.maintenance();
        if (green == null || maintenance == null) {
            throw new RefusedException("tenant " + config.name() + " has only a blue side; add tenants." + config.name()
                    + ".green to move it");
        }
        MaintenanceDatabase blueDatabase = databases.of(config.blue(), maintenance.login());
        MaintenanceDatabase greenDatabase = databases.of(green, maintenance.login());
        boolean one = blueDatabase == greenDatabase;
        return new TenantSides(
                config,
                config.blue(),
                green,
                one ? blueDatabase : blueDatabase.beside(greenDatabase),
                one ? greenDatabase : greenDatabase.beside(blueDatabase),
                new TransitionSchema(maintenance.schema()));
    }

    public String schema(Side side) {
        return Objects.requireNonNull(side(side).schema(), "a movable side has a schema");
    }

    public SideConfig side(Side side) {
        return side == Side.BLUE ? blue : green;
    }

    public MaintenanceDatabase database(Side side) {
        return side == Side.BLUE ? blueDatabase : greenDatabase;
    }

    /** Where the sides lie while this one serves. */
    public Placement placement(Side serving) {
        return Placement.of(database(serving), database(serving.other()));
    }

    public boolean oneDatabase() {
        return blueDatabase == greenDatabase;
    }
}
