// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.database;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.UnaryOperator;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/** The migrations of a {@link TransitionSchema}, as Flyway wants them. They are written for the usual schema. */
final class TransitionScripts implements ResourceProvider {
    static final String DIRECTORY = "/dev/cutover/dualwrite/sql/";

    /** A class path cannot be listed; a test compares this with the directory. */
    static final List<String> FILES = List.of(
            "V1__marks_backfill_and_parking.sql",
            "V2__marks_stay_compact.sql",
            "V3__ledger_by_key.sql",
            "V4__what_violates_a_parked_key.sql",
            "V5__slices_and_verification.sql",
            "V6__paused.sql",
            "V7__made_by_migrations.sql",
            "V8__one_index_for_marks.sql",
            "V9__whether_a_change_is_mirrored.sql",
            "V10__a_nested_change_is_not_mirrored.sql",
            "V11__clients_mark_through_views.sql",
            "V12__fence.sql",
            "V13__incarnation.sql",
            "V14__old_marks_can_be_read.sql",
            "V15__marks_of_places.sql",
            "V16__expelled_proxies.sql",
            "V17__version_before.sql",
            "V18__transforms.sql",
            "V19__unfinished_migrations.sql");

    private final UnaryOperator<String> adaptation;

    /** @param adaptation of a script to the schema that it installs */
    TransitionScripts(UnaryOperator<String> adaptation) {
        this.adaptation = adaptation;
    }

    @Override
    public @Nullable LoadableResource getResource(String name) {
        return FILES.contains(name) ? new Script(name) : null;
    }

    @Override
    public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
        return FILES.stream()
                .filter(name ->
                        name.startsWith(prefix) && Arrays.stream(suffixes).anyMatch(name::endsWith))
                .<LoadableResource>map(Script::new)
                .toList();
    }

    private final class Script extends LoadableResource {
        private final String name;

        Script(String name) {
            this.name = name;
        }

        @Override
        public Reader read() {
            try (InputStream file = TransitionScripts.class.getResourceAsStream(DIRECTORY + name)) {
                if (file == null) {
                    throw new IllegalStateException("not in the class path: " + DIRECTORY + name);
                }
                return new StringReader(adaptation.apply(new String(file.readAllBytes(), StandardCharsets.UTF_8)));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public String getAbsolutePath() {
            return name;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return name;
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }
}
