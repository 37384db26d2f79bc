// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EndpointTest {
    @ParameterizedTest
    @CsvSource({
        "localhost, true",
        "127.0.0.1, true",
        "127.9.8.7, true",
        "::1, true",
        "[::1], true",
        "127.0.0.1.example.com, false",
        "127.example.com, false",
        "0.0.0.0, false",
        "10.0.0.1, false"
    })
    void onlyLoopbackIsLoopback(String host, boolean loopback) {
        boolean answer = new Endpoint(host, 1).loopback();

        assertEquals(loopback, answer);
    }

    @ParameterizedTest
    @CsvSource({
        "db, db, 5432",
        "db.internal:6000, db.internal, 6000",
        "10.0.0.1:5433, 10.0.0.1, 5433",
        "[::1]:5433, ::1, 5433",
        "[fe80::1%eth0], fe80::1%eth0, 5432",
    })
    void anAddressIsReadAsItIsWritten(String written, String host, int port) {
        Endpoint read = Endpoint.parse(written, 5432);

        assertEquals(new Endpoint(host, port), read);
        assertEquals(read, Endpoint.parse(read.toString(), 1));
    }
}
