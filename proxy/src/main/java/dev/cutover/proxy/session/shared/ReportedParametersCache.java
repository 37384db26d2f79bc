// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.shared;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.backend.SettingsSnapshot;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What a server reports at login to a user with given settings. Kept for a while, so that most logins need no backend
 * connection. Any thread.
 */
public final class ReportedParametersCache {
    private final AtomicInteger generation = new AtomicInteger();
    private final Cache<Login, ServerParameters> cache = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();

    /** What was asked before {@link #clear} is found by nobody afterwards, however late its answer comes. */
    private record Login(int generation, PoolKey key, SettingsSnapshot settings) {}

    /** Taken before a server is asked, for {@link #put}. */
    public int generation() {
        return generation.get();
    }

    public @Nullable ServerParameters get(PoolKey key, SettingsSnapshot settings) {
        return cache.getIfPresent(new Login(generation(), key, settings));
    }

    /** @param asked the generation when the server was asked */
    public void put(int asked, PoolKey key, SettingsSnapshot settings, ServerParameters parameters) {
        cache.put(new Login(asked, key, settings), parameters);
    }

    /** What new sessions of a server begin with has changed. */
    public void clear() {
        generation.incrementAndGet();
        cache.invalidateAll();
    }
}
