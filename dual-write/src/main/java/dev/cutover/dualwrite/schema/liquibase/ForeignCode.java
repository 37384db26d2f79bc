// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.schema.liquibase;

import java.util.Optional;
import java.util.stream.Stream;
import liquibase.change.Change;
import liquibase.change.core.ExecuteShellCommandChange;
import liquibase.change.custom.CustomChangeWrapper;
import liquibase.changelog.ChangeSet;
import liquibase.changelog.DatabaseChangeLog;
import liquibase.exception.LiquibaseException;
import liquibase.precondition.Conditional;
import liquibase.precondition.CustomPreconditionWrapper;
import liquibase.precondition.Precondition;
import liquibase.precondition.PreconditionLogic;

/**
 * Finds what a change log would run outside the database: programs ({@code executeCommand}) and Java classes
 * ({@code customChange}, {@code customPrecondition}). They would run as the proxy's own user of the operating system.
 */
final class ForeignCode {
    private ForeignCode() {}

    /** @throws LiquibaseException if the log holds such code anywhere; it names the place and the way out */
    static void refuse(DatabaseChangeLog log) throws LiquibaseException {
        Optional<String> found = Stream.concat(
                        inPreconditions(log).map(code -> "the change log has " + code),
                        log.getChangeSets().stream().flatMap(set -> in(set).map(
                                        code -> "change set " + set.toString(false) + " has " + code)))
                .findFirst();
        if (found.isPresent()) {
            throw new LiquibaseException(found.get()
                    + ", which runs as the proxy's user; if that is wanted, set migrations.code: allow for the tenant");
        }
    }

    private static Stream<String> in(ChangeSet set) {
        return Stream.concat(inPreconditions(set), set.getChanges().stream().flatMap(ForeignCode::in));
    }

    private static Stream<String> in(Change change) {
        if (change instanceof ExecuteShellCommandChange) {
            return Stream.of("executeCommand");
        }
        return change instanceof CustomChangeWrapper custom
                ? Stream.of("customChange " + custom.getClassName())
                : Stream.empty();
    }

    private static Stream<String> inPreconditions(Conditional place) {
        return place.getPreconditions() == null ? Stream.empty() : in(place.getPreconditions());
    }

    private static Stream<String> in(Precondition precondition) {
        if (precondition instanceof PreconditionLogic logic) {
            return logic.getNestedPreconditions().stream().flatMap(ForeignCode::in);
        }
        return precondition instanceof CustomPreconditionWrapper custom
                ? Stream.of("customPrecondition " + custom.getClassName())
                : Stream.empty();
    }
}
