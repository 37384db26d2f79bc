package dev.cutover.proxy.control;

import dev.cutover.config.Login;
import dev.cutover.config.Side;
import dev.cutover.config.SideConfig;
import dev.cutover.config.TenantConfig;
import java.util.Objects;
import javax.sql.DataSource;

/**
 * The parts of a movable tenant's configuration that every verb needs.
 *
 * @param database the database that both sides lie in, as the maintenance role
 */
record Movement(TenantConfig config, SideConfig blue, SideConfig green, DataSource database) {

    /** @throws RefusedException for a tenant that is only routed */
    static Movement of(TenantConfig config, SideDatabases databases) throws RefusedException {
        SideConfig green = config.green();
        Login maintenance = config.maintenance();
        if (green == null || maintenance == null) {
            throw new RefusedException("tenant " + config.name() + " has only a blue side; add tenants." + config.name()
                    + ".green to move it");
        }
        return new Movement(config, config.blue(), green, databases.of(config.blue(), maintenance));
    }

    String schema(Side side) {
        return Objects.requireNonNull((side == Side.BLUE ? blue : green).schema(), "a movable side has a schema");
    }
}
