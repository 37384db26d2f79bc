// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import liquibase.database.Database;
import liquibase.precondition.CustomPrecondition;

/** A precondition of Liquibase's that is a class: it must not run. */
public final class TouchCheck implements CustomPrecondition {
    @Override
    public void check(Database database) {
        throw new IllegalStateException("the class of a custom precondition has run");
    }
}
