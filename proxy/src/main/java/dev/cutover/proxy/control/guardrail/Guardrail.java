// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.guardrail;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.GuardrailName;
import dev.cutover.dualwrite.schema.difference.Difference;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * One condition for a flip. Each is a class of its own; {@code check} shows what those find that change nothing, {@code flip} obeys
 * all.
 */
interface Guardrail {
    GuardrailName name();

    /** Whether looking may change something all the same, so that no preview looks. */
    default boolean leavesTraces() {
        return false;
    }

    /**
     * Looks; changes nothing, unless it {@link #leavesTraces}.
     *
     * @param connection to the serving side's database, as the maintenance role, in autocommit mode
     * @return what is wrong, blocking or not; empty if all is well
     */
    List<Finding> check(GuardrailContext now, Connection connection) throws SQLException;

    /** Blocks where a client may feel a difference. */
    default List<Finding> found(List<Difference> differences) {
        return differences.stream()
                .map(difference -> difference.breaks()
                        ? blocking(
                                difference.text(),
                                difference.remedy() + "; if it is meant, flip with --force " + name().label())
                        : note(difference.text(), difference.remedy()))
                .toList();
    }

    /** Blocks for each proxy that did not tell what its clients hold. @param what it did not tell */
    default List<Finding> silent(GuardrailContext now, String what) {
        return now.clients().stream()
                .filter(each -> each.survey() == null)
                .map(each -> Finding.ofSilentProxy(
                        name().label(),
                        each.proxy(),
                        what,
                        "see whether it runs, and end it if it does not answer; or flip with --force "
                                + name().label()))
                .toList();
    }

    default Finding blocking(String finding, String remedy) {
        return new Finding(name().label(), true, finding, remedy);
    }

    default Finding note(String finding, String remedy) {
        return new Finding(name().label(), false, finding, remedy);
    }
}
