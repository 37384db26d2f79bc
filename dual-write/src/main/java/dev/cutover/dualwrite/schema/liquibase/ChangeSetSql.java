// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.liquibase;

import java.util.Arrays;
import java.util.stream.Collectors;
import liquibase.change.Change;
import liquibase.change.core.ExecuteShellCommandChange;
import liquibase.change.custom.CustomChangeWrapper;
import liquibase.changelog.ChangeSet;
import liquibase.database.Database;
import liquibase.sql.Sql;
import liquibase.sqlgenerator.SqlGeneratorFactory;

/** What a change set would run, as SQL. */
final class ChangeSetSql {
    private ChangeSetSql() {}

    static String of(ChangeSet set, Database database) {
        return set.getChanges().stream()
                .map(change -> of(change, database))
                .filter(text -> !text.isBlank())
                .collect(Collectors.joining(";\n"));
    }

    private static String of(Change change, Database database) {
        if (change instanceof ExecuteShellCommandChange || change instanceof CustomChangeWrapper) {
            // What such code does is not known; as a statement of no known kind it counts as harmful.
            return change.getSerializedObjectName();
        }
        return Arrays.stream(SqlGeneratorFactory.getInstance().generateSql(change, database))
                .map(Sql::toSql)
                .collect(Collectors.joining(";\n"));
    }
}
