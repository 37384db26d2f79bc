// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.adminapi;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** The verbs that an operator can ask for, and what each of them takes. */
public enum VerbName {
    BASELINE(new VerbRequest.Baseline(null)),
    PREPARE(new VerbRequest.Prepare(false, false, Set.of())),
    MIRROR(new VerbRequest.Mirror(Set.of())),
    BACKFILL(new VerbRequest.Backfill(null)),
    VERIFY(new VerbRequest.Verify(false, null, null)),
    RESYNC(new VerbRequest.Resync(null, null)),
    FLIP(new VerbRequest.Switch(false, false, Set.of())),
    ROLLBACK(new VerbRequest.Switch(false, false, Set.of())),
    COMPLETE(new VerbRequest.Complete(false, false)),
    ABORT(VerbRequest.PLAIN),
    CHECK(VerbRequest.PLAIN),
    DOCTOR(VerbRequest.PLAIN),
    MIGRATE(new VerbRequest.Migrate(false, false, false)),
    UNDO(new VerbRequest.Undo(null, false)),
    TRANSFORM(new VerbRequest.Transform(null, null, null, null, false, false)),
    SNAPSHOT(new VerbRequest.Snapshot(null)),
    RESTORE(new VerbRequest.Restore(null, null, false));

    private final VerbRequest plain;

    VerbName(VerbRequest plain) {
        this.plain = plain;
    }

    public static Optional<VerbName> of(String label) {
        return Arrays.stream(values())
                .filter(verb -> verb.label().equals(label))
                .findFirst();
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The request in which nothing is asked for beside the verb. */
    public VerbRequest plain() {
        return plain;
    }

    /** The type of its requests. */
    public Class<? extends VerbRequest> requestType() {
        return plain.getClass();
    }
}
