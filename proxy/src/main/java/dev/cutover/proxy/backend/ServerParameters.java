// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.backend;

import com.github.benmanes.caffeine.cache.Interner;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What a server has reported by ParameterStatus. Immutable and interned, like {@link SettingsSnapshot}. */
public final class ServerParameters {
    private static final Interner<ServerParameters> INTERNER = Interner.newWeakInterner();

    public static final ServerParameters NONE = INTERNER.intern(new ServerParameters(Map.of()));

    private final Map<String, String> values;
    private final int hash;

    private ServerParameters(Map<String, String> values) {
        this.values = values;
        this.hash = values.hashCode();
    }

    public @Nullable String get(String name) {
        return values.get(name);
    }

    public ServerParameters with(String name, String value) {
        if (value.equals(values.get(name))) {
            return this;
        }
        Map<String, String> copy = new LinkedHashMap<>(values);
        copy.put(name, value);
        return INTERNER.intern(new ServerParameters(copy));
    }

    /** With what a ParameterStatus says: {@code string name, string value}. */
    ServerParameters with(ByteBuf in, int start, int length) {
        int limit = start + length;
        int nameStart = start + FrameReader.HEADER_LENGTH;
        int nameEnd = Strings.end(in, nameStart, limit);
        int valueEnd = Strings.end(in, nameEnd + 1, limit);
        return with(Strings.read(in, nameStart, nameEnd), Strings.read(in, nameEnd + 1, valueEnd));
    }

    public void forEach(BiConsumer<String, String> action) {
        values.forEach(action);
    }

    /** Reports what is different here, to somebody who knows the other. */
    public void forEachChangeFrom(ServerParameters other, BiConsumer<String, String> action) {
        if (this == other) {
            return;
        }
        values.forEach((name, value) -> {
            if (!value.equals(other.values.get(name))) {
                action.accept(name, value);
            }
        });
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof ServerParameters that && hash == that.hash && values.equals(that.values));
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
