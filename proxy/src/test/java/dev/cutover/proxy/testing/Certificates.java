// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An authority of a test's own and what it signs, made by {@code openssl}. */
public record Certificates(Path directory, Path ca) {
    /** A certificate and its key. */
    public record Pair(Path certificate, Path key) {}

    public static Certificates create(Path directory) throws IOException, InterruptedException {
        openssl(
                directory,
                "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout ca.key -out ca.crt -sha256");
        return new Certificates(directory, directory.resolve("ca.crt"));
    }

    /** @param host a DNS name that the certificate is for; {@code 127.0.0.1} is another one of its */
    public Pair sign(String name, String host) throws IOException, InterruptedException {
        openssl(
                directory,
                "req -newkey rsa:2048 -nodes -subj /CN=" + name + " -keyout " + name + ".key -out " + name + ".csr");
        boolean local = host.equals("localhost");
        Files.writeString(
                directory.resolve(name + ".ext"), "subjectAltName=DNS:" + host + (local ? ",IP:127.0.0.1" : "") + "\n");
        openssl(
                directory,
                "x509 -req -in " + name + ".csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -sha256 -extfile "
                        + name + ".ext -out " + name + ".crt");
        return new Pair(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
    }

    private static void openssl(Path directory, String arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(Arrays.asList(arguments.split(" ")));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(output);
        }
    }
}
