// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.snapshot;

import dev.cutover.config.Side;
import dev.cutover.config.SnapshotsConfig;
import dev.cutover.config.adminapi.SnapshotInfo;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The directory of snapshots. Each is a directory of its own in the format of {@code pg_dump -Fd}, named by tenant, side and
 * time. One that is being written has another name until it has been checked, so that what is listed is whole.
 *
 * <p>Safe for use by many threads for different tenants; for one tenant, one at a time.
 */
public final class Snapshots {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String UNFINISHED = ".unfinished";

    private final SnapshotsConfig config;
    private final ArchivePrograms programs;

    public Snapshots(SnapshotsConfig config) {
        this.config = config;
        this.programs = new ArchivePrograms(config.programs());
    }

    /** Whether there is a place to keep them. */
    public boolean configured() {
        return config.directory() != null;
    }

    /**
     * Sees that a snapshot can be taken of a server.
     *
     * @param serverVersion its major version
     * @throws SnapshotException with the way out
     */
    public void require(int serverVersion) throws SnapshotException, InterruptedException {
        if (!configured()) {
            throw new SnapshotException(
                    "there is no place for snapshots; name a directory in snapshots.directory of the configuration");
        }
        int version = programs.dumpVersion();
        if (version < serverVersion) {
            throw new SnapshotException("pg_dump is of version " + version + " and does not read the server's version "
                    + serverVersion + "; install the client programs of version " + serverVersion
                    + " or a later one, and name their directory in snapshots.programs");
        }
    }

    /** Takes a snapshot and reads it through again. Call {@link #require} first. */
    public SnapshotInfo take(String tenant, Side side, ArchiveSource source, BooleanSupplier cancelled)
            throws SnapshotException, InterruptedException {
        Path directory = directory();
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            dropUnfinished(directory, tenant);
            Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
            while (Files.exists(directory.resolve(name(tenant, side, now)))) {
                now = now.plusSeconds(1);
            }
            String name = name(tenant, side, now);
            Path unfinished = directory.resolve(name + UNFINISHED);
            try {
                programs.dump(source, unfinished, cancelled);
                requireSchema(name, unfinished, source.schema(), cancelled);
                Files.move(unfinished, directory.resolve(name));
            } finally {
                delete(unfinished);
            }
            return new SnapshotInfo(name, tenant, side, now, bytes(directory.resolve(name)));
        } catch (IOException e) {
            throw new SnapshotException("cannot write to snapshots.directory: " + e, e);
        }
    }

    /** A tenant's snapshots, the newest first. */
    public List<SnapshotInfo> list(String tenant) throws SnapshotException {
        List<SnapshotInfo> found = new ArrayList<>();
        if (!configured() || !Files.isDirectory(directory())) {
            return found;
        }
        Pattern names = names(tenant, "");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory())) {
            for (Path entry : entries) {
                Matcher matcher = names.matcher(String.valueOf(entry.getFileName()));
                if (matcher.matches()) {
                    Side side = Side.valueOf(matcher.group(1).toUpperCase(Locale.ROOT));
                    Instant at = TIME.parse(matcher.group(2), Instant::from);
                    found.add(new SnapshotInfo(matcher.group(), tenant, side, at, bytes(entry)));
                }
            }
        } catch (IOException e) {
            throw new SnapshotException("cannot read snapshots.directory: " + e, e);
        }
        found.sort(Comparator.comparing(SnapshotInfo::takenAt).reversed());
        return found;
    }

    /**
     * Sees that a snapshot is whole and makes the schema.
     *
     * @throws SnapshotException if it is not, or makes another one
     */
    public void check(SnapshotInfo snapshot, String schema, BooleanSupplier cancelled)
            throws SnapshotException, InterruptedException {
        requireSchema(snapshot.name(), directory().resolve(snapshot.name()), schema, cancelled);
    }

    /** Makes the schema from a snapshot, all of it or nothing; it must not be there. */
    public void restore(SnapshotInfo snapshot, ArchiveSource target, BooleanSupplier cancelled)
            throws SnapshotException, InterruptedException {
        programs.restore(target, directory().resolve(snapshot.name()), cancelled);
    }

    private void requireSchema(String name, Path archive, String schema, BooleanSupplier cancelled)
            throws SnapshotException, InterruptedException {
        List<String> made = programs.read(archive, cancelled);
        if (!made.equals(List.of(schema))) {
            throw new SnapshotException("snapshot " + name + " makes the schema " + String.join(", ", made)
                    + ", and the side's is " + schema);
        }
    }

    private Path directory() {
        return Objects.requireNonNull(config.directory(), "snapshots are configured");
    }

    private static String name(String tenant, Side side, Instant at) {
        return tenant + "-" + side.label() + "-" + TIME.format(at);
    }

    private static Pattern names(String tenant, String ending) {
        return Pattern.compile(Pattern.quote(tenant) + "-(blue|green)-(\\d{8}T\\d{6}Z)" + Pattern.quote(ending));
    }

    /** What a proxy has left that ended while it took one. */
    private static void dropUnfinished(Path directory, String tenant) throws IOException {
        Pattern names = names(tenant, UNFINISHED);
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path entry : entries) {
                if (names.matcher(String.valueOf(entry.getFileName())).matches()) {
                    delete(entry);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static long bytes(Path directory) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        return bytes;
    }
}
