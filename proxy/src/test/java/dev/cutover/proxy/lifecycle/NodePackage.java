// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** The package {@code pg} from npm, kept between runs. */
final class NodePackage {
    /** Where scripts that use it must lie. */
    static final Path FOLDER = Path.of("target", "clients").toAbsolutePath();

    private NodePackage() {}

    static void install() throws IOException, InterruptedException {
        Files.createDirectories(FOLDER);
        Path lock = FOLDER.resolve("lock");
        // Test classes run in two JVMs.
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            installOnce();
        }
    }

    private static void installOnce() throws IOException, InterruptedException {
        if (!Files.isDirectory(FOLDER.resolve("node_modules/pg"))) {
            Process npm = new ProcessBuilder("npm", "install", "--silent", "--no-audit", "--no-fund", "pg@8.16.3")
                    .directory(FOLDER.toFile())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(npm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (npm.waitFor() != 0 || !output.isEmpty()) {
                throw new IOException("npm install: " + output);
            }
        }
    }
}
