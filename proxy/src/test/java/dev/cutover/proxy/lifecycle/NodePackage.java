// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.lifecycle;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Packages from npm, kept between runs. */
final class NodePackage {
    /** Where scripts that use them must lie. */
    static final Path FOLDER = Path.of("target", "clients").toAbsolutePath();

    private NodePackage() {}

    /** The driver {@code pg}. */
    static void install() throws IOException, InterruptedException {
        install("node_modules/pg", "pg@8.16.3");
    }

    /** OpenFeature's SDK for servers, with its provider for OFREP. */
    static void installOpenFeature() throws IOException, InterruptedException {
        install(
                "node_modules/@openfeature/ofrep-provider",
                "@openfeature/server-sdk@1.23.0",
                "@openfeature/ofrep-provider@0.1.3",
                "@openfeature/ofrep-core@0.1.4");
    }

    /** @param last what is there when all of them are */
    private static void install(String last, String... packages) throws IOException, InterruptedException {
        Files.createDirectories(FOLDER);
        Path lock = FOLDER.resolve("lock");
        // Test classes run in two JVMs.
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            if (!Files.isDirectory(FOLDER.resolve(last))) {
                installOnce(packages);
            }
        }
    }

    private static void installOnce(String... packages) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("npm", "install", "--silent", "--no-audit", "--no-fund"));
        command.addAll(List.of(packages));
        Process npm = new ProcessBuilder(command)
                .directory(FOLDER.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(npm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (npm.waitFor() != 0 || !output.isEmpty()) {
            throw new IOException("npm install: " + output);
        }
    }
}
