// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The conditions for a flip, as they are named in findings, on the command line and in the audit log. */
public enum GuardrailName {
    IDLE_SIDE_ANSWERS(Force.NEVER, true),
    MAPPING(Force.NEVER, true),
    TABLES_ARE_MAPPED(Force.BY_NAME, false),
    NOTHING_LEFT_BEHIND(Force.NEVER, false),
    SCHEMA_UNCHANGED(Force.NEVER, true),
    SCHEMA_VERSION(Force.BY_NAME, false),
    BACKFILL_COMPLETE(Force.NEVER, true),
    VERIFICATION_CLEAN(Force.NEVER, true),
    NO_CRASH_SINCE_VERIFY(Force.NEVER, true),
    VERIFICATION_FRESH(Force.BY_NAME, false),
    IDLE_SIDE_ACCEPTS_ROWS(Force.NEVER, true),
    MARKS_ARE_FEW(Force.NEVER, true),
    NET_IN_PLACE(Force.NEVER, true),
    SEQUENCES_AHEAD(Force.BY_NAME, true),
    OBJECTS_THERE(Force.BY_NAME, false),
    TABLES_BEHAVE_ALIKE(Force.BY_NAME, false),
    TYPES_BEHAVE_ALIKE(Force.BY_NAME, false),
    ROW_SECURITY_SAME(Force.BY_NAME, false),
    GRANTS_THERE(Force.BY_NAME, false),
    LARGE_OBJECTS_THERE(Force.BY_NAME, true),
    MATERIALIZED_VIEWS_FILLED(Force.BY_NAME, true),
    REPLICATION_FOLLOWS(Force.BY_NAME, false),
    FOREIGN_KEYS_HOLD(Force.BY_NAME, false),
    INDEXES_VALID(Force.BY_NAME, false),
    IDLE_SIDE_ANALYZED(Force.BY_NAME, false),
    ROLLBACK_KEEPS_ALL(Force.BY_NAME, true),
    NO_ROLLBACK_LOSS(Force.BY_NAME, false),
    ROLLBACK_REHEARSAL(Force.BY_NAME, false),
    NO_LONG_TRANSACTION(Force.PLAIN, true),
    NO_PREPARED_TRANSACTION(Force.NEVER, true),
    SESSIONS_CAN_MOVE(Force.PLAIN, true),
    RESULTS_KEEP_THEIR_SHAPE(Force.PLAIN, false),
    OLD_STATEMENTS_FIT(Force.BY_NAME, false),
    NO_OBJECT_NAMES_A_SIDE(Force.BY_NAME, true),
    READS_AGREE(Force.PLAIN, false),
    DISK_HEAD_ROOM(Force.BY_NAME, false),
    CONNECTION_HEAD_ROOM(Force.BY_NAME, false),
    SERVER_SETTINGS(Force.BY_NAME, false),
    SAME_EXTENSIONS(Force.BY_NAME, false),
    SAME_COLLATION(Force.BY_NAME, false),
    ENCODING_KNOWN(Force.BY_NAME, false);

    /** What it takes to flip against a guardrail. */
    public enum Force {
        /** Nothing does: the sides might not be equal, and writes might be lost. */
        NEVER,
        /** {@code --force NAME}. */
        BY_NAME,
        /** {@code --force} without a name will do, too. */
        PLAIN
    }

    private final Force force;
    private final boolean onRollback;

    GuardrailName(Force force, boolean onRollback) {
        this.force = force;
        this.onRollback = onRollback;
    }

    /** With hyphens, as people write it. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    public Force force() {
        return force;
    }

    /** Whether it blocks a rollback as well: one that is about equal sides, not about a good place to be. */
    public boolean onRollback() {
        return onRollback;
    }

    /** The guardrail of this label. */
    public static Optional<GuardrailName> of(String label) {
        return Arrays.stream(values())
                .filter(name -> name.label().equals(label))
                .findFirst();
    }

    /** All that {@code --force NAME} takes, for messages. */
    public static String forceable() {
        return Arrays.stream(values())
                .filter(name -> name.force() != Force.NEVER)
                .map(GuardrailName::label)
                .collect(Collectors.joining(", "));
    }
}
