package dev.cutover.proxy.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cutover.proxy.backend.PoolKey;
import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.backend.SettingsSnapshot;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a server reports at login to a user with given settings. Kept for a while, so that most logins need no backend
 * connection.
 */
public final class KnownParameters {
    private final Cache<Login, ServerParameters> cache = Caffeine.newBuilder()
            .maximumSize(10_000)
            .expireAfterWrite(Duration.ofMinutes(10))
            .build();

    private record Login(PoolKey key, SettingsSnapshot settings) {}

    @Nullable ServerParameters get(PoolKey key, SettingsSnapshot settings) {
        return cache.getIfPresent(new Login(key, settings));
    }

    void put(PoolKey key, SettingsSnapshot settings, ServerParameters parameters) {
        cache.put(new Login(key, settings), parameters);
    }

    /** What new sessions of a server begin with has changed. */
    public void clear() {
        cache.invalidateAll();
    }
}
