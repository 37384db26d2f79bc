// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.testing;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the servers of the tests keep their data: in memory, if the machine has enough of it, else where all temporary files are.
 * A new database is about 300 files, and most tests want one of their own: on a disk, making and deleting these files is a
 * fifth of the time of all tests.
 */
public final class DataDirectory {
    private static final Path IN_MEMORY = Path.of("/dev/shm");
    private static final long GIGABYTE = 1L << 30;
    /** What the servers of two test JVMs may use between them. */
    private static final long ROOM = 4 * GIGABYTE;
    /** What a machine must have, since the tests and their servers run in it as well. */
    private static final long MACHINE = 12 * GIGABYTE;

    private DataDirectory() {}

    /** A new, empty directory, for whose end the caller sees. */
    public static Path create() throws IOException {
        return hasRoom() ? Files.createTempDirectory(IN_MEMORY, "cutover-pg") : Files.createTempDirectory("cutover-pg");
    }

    private static boolean hasRoom() throws IOException {
        if (!Files.isWritable(IN_MEMORY)) {
            return false;
        }
        FileStore store = Files.getFileStore(IN_MEMORY);
        return "tmpfs".equals(store.type())
                && store.getUsableSpace() >= ROOM
                && ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                                .getTotalMemorySize()
                        >= MACHINE;
    }
}
