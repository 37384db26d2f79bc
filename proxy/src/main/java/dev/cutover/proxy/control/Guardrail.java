package dev.cutover.proxy.control;

import dev.cutover.config.control.Finding;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** One condition for a flip. Each is a class of its own; {@code check} shows what they find, {@code flip} obeys. */
interface Guardrail {
    /** As it stands in findings. */
    String name();

    /**
     * Looks; changes nothing.
     *
     * @param connection to the serving side's database, as the maintenance role
     * @return what is wrong, blocking or not; empty if all is well
     */
    List<Finding> check(Tenant tenant, Mirroring mirroring, Connection connection) throws SQLException;

    default Finding blocking(String finding, String remedy) {
        return new Finding(name(), true, finding, remedy);
    }

    default Finding warning(String finding, String remedy) {
        return new Finding(name(), false, finding, remedy);
    }
}
