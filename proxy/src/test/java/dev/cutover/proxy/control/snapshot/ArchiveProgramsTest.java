// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.snapshot;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArchiveProgramsTest {
    private static final Set<String> EXPECTED = Set.of(
            // What a program inherits.
            "PATH",
            "LD_LIBRARY_PATH",
            "LANG",
            "LC_ALL",
            "LC_CTYPE",
            "TMPDIR",
            "TZ",
            // What the proxy sets.
            "LC_MESSAGES",
            // What the shell sets.
            "PWD",
            "OLDPWD",
            "SHLVL",
            "_");

    @TempDir
    private Path directory;

    /** It holds the passwords of all tenants. */
    @Test
    void aProgramSeesNothingOfTheProxysEnvironment() throws Exception {
        Path seen = directory.resolve("seen");
        Files.createFile(
                directory.resolve("pg_dump"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.writeString(
                directory.resolve("pg_dump"), "#!/bin/sh\nenv > '" + seen + "'\necho 'pg_dump (PostgreSQL) 15.9'\n");

        assertEquals(15, new ArchivePrograms(directory).dumpVersion());

        assertEquals(
                List.of(),
                Files.readAllLines(seen).stream()
                        .map(line -> line.replaceFirst("=.*", ""))
                        .filter(name -> !EXPECTED.contains(name))
                        .toList());
    }
}
