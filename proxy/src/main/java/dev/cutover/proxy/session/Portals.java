package dev.cutover.proxy.session;

import dev.cutover.proxy.session.PreparedStatement.Variant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which statement each portal of the current transaction runs. */
final class Portals {
    private final Map<String, Variant> named = new HashMap<>();
    private @Nullable Variant unnamed;

    /** @return null for a portal that was not made by Bind: a cursor of SQL's DECLARE */
    @Nullable Variant get(String name) {
        return name.isEmpty() ? unnamed : named.get(name);
    }

    void put(String name, Variant variant) {
        if (name.isEmpty()) {
            unnamed = variant;
        } else {
            named.put(name, variant);
        }
    }

    void remove(String name) {
        if (name.isEmpty()) {
            unnamed = null;
        } else {
            named.remove(name);
        }
    }

    /** The transaction is over, and its portals with it. */
    void clear() {
        unnamed = null;
        if (!named.isEmpty()) {
            named.clear();
        }
    }
}
