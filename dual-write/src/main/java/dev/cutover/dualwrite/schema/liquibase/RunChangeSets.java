// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.liquibase;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Liquibase;
import liquibase.changelog.ChangeSet;
import liquibase.changelog.RanChangeSet;
import liquibase.database.Database;
import liquibase.exception.LiquibaseException;

/** Takes change sets back by Liquibase's own rollback, the last first: by what a change set says under {@code rollback}, or its inverse. */
final class RunChangeSets {
    private final Liquibase liquibase;

    RunChangeSets(Liquibase liquibase) {
        this.liquibase = liquibase;
    }

    /**
     * The change sets that were run after one, the last first.
     *
     * @param to the id of the one that stays
     * @throws LiquibaseException if one of them cannot be taken back
     */
    List<ChangeSet> after(String to) throws LiquibaseException {
        Database database = liquibase.getDatabase();
        List<RanChangeSet> ran = new ArrayList<>(database.getRanChangeSetList());
        if (ran.stream().noneMatch(each -> each.getId().equals(to))) {
            throw new LiquibaseException("change set " + to + " was not run");
        }
        Collections.reverse(ran);
        List<ChangeSet> found = new ArrayList<>();
        for (RanChangeSet each : ran) {
            if (each.getId().equals(to)) {
                return found;
            }
            ChangeSet set = liquibase.getDatabaseChangeLog().getChangeSet(each);
            String name = each.getChangeLog() + "::" + each.getId() + "::" + each.getAuthor();
            if (set == null) {
                throw new LiquibaseException("change set " + name + " is not in the change log any more");
            }
            if (!set.getRollback().getChanges().isEmpty() || set.supportsRollback(database)) {
                found.add(set);
            } else {
                throw new LiquibaseException("there is no rollback for change set " + name);
            }
        }
        return found;
    }

    void undo(String to) throws LiquibaseException {
        int count = after(to).size();
        if (count > 0) {
            liquibase.rollback(count, new Contexts(), new LabelExpression());
        }
    }
}
