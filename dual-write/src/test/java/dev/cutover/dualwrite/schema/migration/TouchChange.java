// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.migration;

import liquibase.change.custom.CustomTaskChange;
import liquibase.database.Database;
import liquibase.exception.ValidationErrors;
import liquibase.resource.ResourceAccessor;

/** A change of Liquibase's that is a class: it must not run. */
public final class TouchChange implements CustomTaskChange {
    @Override
    public void execute(Database database) {
        throw new IllegalStateException("the class of a custom change has run");
    }

    @Override
    public String getConfirmationMessage() {
        return "done";
    }

    @Override
    public void setUp() {}

    @Override
    public void setFileOpener(ResourceAccessor accessor) {}

    @Override
    public ValidationErrors validate(Database database) {
        return new ValidationErrors();
    }
}
