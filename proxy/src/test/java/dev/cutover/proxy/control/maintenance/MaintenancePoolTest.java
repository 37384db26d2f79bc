// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** A pool whose server is away. */
final class MaintenancePoolTest {
    private static final long SECOND = 1_000_000_000;

    private long now;
    private int attempts;
    private final MaintenancePool pool = new MaintenancePool("main", "app", "keeper", away(), () -> now);

    private DataSource away() {
        return (DataSource) Proxy.newProxyInstance(
                DataSource.class.getClassLoader(), new Class<?>[] {DataSource.class}, (self, method, arguments) -> {
                    attempts++;
                    throw new SQLException("away", "08001");
                });
    }

    @Test
    void backgroundWorkDoesNotRepeatAFailedAttemptToConnectWithinASecond() {
        open(Use.BACKGROUND);
        now += SECOND - 1;

        open(Use.BACKGROUND);

        assertEquals(1, attempts);
    }

    @Test
    void backgroundWorkRepeatsAFailedAttemptToConnectAfterASecond() {
        open(Use.BACKGROUND);
        now += SECOND;

        open(Use.BACKGROUND);

        assertEquals(2, attempts);
    }

    @Test
    void anOperationRepeatsAFailedAttemptToConnectAtOnce() {
        open(Use.BACKGROUND);

        open(Use.OPERATION);

        assertEquals(2, attempts);
    }

    private void open(Use use) {
        assertThrows(SQLException.class, () -> pool.open(use));
    }
}
