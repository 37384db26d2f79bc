package dev.cutover.proxy.control;

import dev.cutover.config.MaintenanceConfig;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import dev.cutover.dualwrite.database.Placement;
import dev.cutover.dualwrite.database.TransitionSchema;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * The parts of a movable tenant's configuration that every verb needs.
 *
 * @param blueDatabase the database that the blue side lies in, as the maintenance role
 * @param greenDatabase the green side's; the same object if both lie in one
 * @param transition where the tenant's marks and progress lie, in each database
 */
record Movement(
        TenantConfig config,
        SideConfig blue,
        SideConfig green,
        DataSource blueDatabase,
        DataSource greenDatabase,
        TransitionSchema transition) {

    /** @throws RefusedException for a tenant that is only routed */
    static Movement of(TenantConfig config, SideDatabases databases) throws RefusedException {
        SideConfig green = config.green();
        MaintenanceConfig maintenance = config.maintenance();
        if (green == null || maintenance == null) {
            throw new RefusedException("tenant " + config.name() + " has only a blue side; add tenants." + config.name()
                    + ".green to move it");
        }
        return new Movement(
                config,
                config.blue(),
                green,
                databases.of(config.blue(), maintenance.login()),
                databases.of(green, maintenance.login()),
                new TransitionSchema(maintenance.schema()));
    }

    String schema(Side side) {
        return Objects.requireNonNull(side(side).schema(), "a movable side has a schema");
    }

    SideConfig side(Side side) {
        return side == Side.BLUE ? blue : green;
    }

    DataSource database(Side side) {
        return side == Side.BLUE ? blueDatabase : greenDatabase;
    }

    /** Where the sides lie while this one serves. */
    Placement placement(Side serving) {
        return Placement.of(database(serving), database(serving.other()));
    }

    boolean oneDatabase() {
        return blueDatabase == greenDatabase;
    }
}
