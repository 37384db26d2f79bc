// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.cutover.proxy.session.shared.CancelKeys;
import dev.cutover.proxy.session.shared.CancelKeys.Key;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The registry behind cancel requests, with process ids that servers gave. */
final class CancelKeysTest {
    private final CancelKeys keys = new CancelKeys(new SecureRandom());
    private final List<String> cancelled = new ArrayList<>();

    @Test
    void theSecretTellsSessionsWithTheSameServerPidApart() {
        Key one = keys.register(4711, CancelKeys.LONG_KEY, () -> cancelled.add("one"));
        Key other = keys.register(4711, CancelKeys.SHORT_KEY, () -> cancelled.add("other"));

        keys.cancel(4711, other.secretKey());
        keys.cancel(4711, new byte[CancelKeys.LONG_KEY]);
        keys.cancel(4711, one.secretKey());

        assertEquals(List.of("other", "one"), cancelled);
    }

    @Test
    void theEndOfASessionLeavesTheOtherOneWithItsPid() {
        Key one = keys.register(4711, CancelKeys.SHORT_KEY, () -> cancelled.add("one"));
        Key other = keys.register(4711, CancelKeys.SHORT_KEY, () -> cancelled.add("other"));

        keys.unregister(one);
        keys.cancel(4711, one.secretKey());
        keys.cancel(4711, other.secretKey());

        assertEquals(List.of("other"), cancelled);
    }

    @Test
    void aPidOfTheProxysOwnIsNoServers() {
        for (int i = 0; i < 1000; i++) {
            Key key = keys.register(CancelKeys.SHORT_KEY, () -> {});
            assertTrue(key.processId() > CancelKeys.HIGHEST_SERVER_PID, () -> "pid " + key.processId());
        }
    }
}
