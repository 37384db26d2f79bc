// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.transfer;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class KeyBucketsTest {
    private static final long QUERY_MILLIS = 200;

    @Test
    void aQueryHasEndedWhenTheOtherOneFails() {
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        KeyBuckets.Query<String> fails = () -> {
            awaitUninterrupted(begun);
            throw new SQLException("division by zero", "22012");
        };
        KeyBuckets.Query<String> runs = () -> {
            begun.countDown();
            awaitUninterrupted(new CountDownLatch(1));
            ended.set(true);
            return "";
        };

        assertThrows(SQLException.class, () -> KeyBuckets.together(fails, runs));

        assertTrue(ended.get());
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await(QUERY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
