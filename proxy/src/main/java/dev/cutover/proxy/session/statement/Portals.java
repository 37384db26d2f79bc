// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.statement;

import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which statement each portal runs. A portal goes with its transaction; but when the end of one is answered, a client that
 * pipelines may have sent Binds of the next one already. So portals are numbered in the order of their Binds, and only those
 * whose Bind was answered before the transaction's end go with it.
 */
public final class Portals {
    private static final class Portal {
        final Variant variant;
        final long number;
        private boolean described;

        Portal(Variant variant, long number) {
            this.variant = variant;
            this.number = number;
        }
    }

    private final Map<String, Portal> named = new HashMap<>();
    /** Those that the proxy answers. A name is here or among the others. */
    private final Map<String, ShownPortal> shown = new HashMap<>();
    /** Apart from the others and in two fields, since nearly all portals have no name: they cost no allocation. */
    private @Nullable Variant unnamed;

    private long unnamedNumber;
    private boolean unnamedDescribed;

    /** How many Binds have been sent. */
    private long binds;

    /** @return null for a portal that was not made by Bind of a statement of ours: a cursor of SQL's DECLARE */
    public @Nullable Variant get(String name) {
        if (name.isEmpty()) {
            return unnamed;
        }
        Portal portal = named.get(name);
        return portal == null ? null : portal.variant;
    }

    /** Whether the proxy answers one of them. */
    public boolean anyShown() {
        return !shown.isEmpty();
    }

    /** The portal of this name, if the proxy answers it; null otherwise. */
    public @Nullable ShownPortal shown(String name) {
        return shown.isEmpty() ? null : shown.get(name);
    }

    /** A Bind is answered without a backend. Nothing is outstanding. */
    public void bindShown(String name, ShownPortal portal) {
        close(name);
        shown.put(name, portal);
    }

    /**
     * A Bind is being sent.
     *
     * @param variant null if the portal's statement is not one of the protocol's
     */
    public void bind(String name, @Nullable Variant variant) {
        binds++;
        forgetShown(name);
        if (name.isEmpty()) {
            unnamed = variant;
            unnamedNumber = binds;
            unnamedDescribed = false;
        } else if (variant == null) {
            named.remove(name);
        } else {
            named.put(name, new Portal(variant, binds));
        }
    }

    /** The client learns what the portal's rows look like, or need not be told. */
    public void described(String name) {
        Portal portal = named.get(name);
        if (name.isEmpty()) {
            unnamedDescribed = true;
        } else if (portal != null) {
            portal.described = true;
        }
    }

    public boolean isDescribed(String name) {
        Portal portal = named.get(name);
        return name.isEmpty() ? unnamedDescribed : portal != null && portal.described;
    }

    private void forgetShown(String name) {
        if (!shown.isEmpty()) {
            shown.remove(name);
        }
    }

    public void close(String name) {
        forgetShown(name);
        if (name.isEmpty()) {
            unnamed = null;
        } else {
            named.remove(name);
        }
    }

    /** @param outstandingBinds how many of the Binds that were sent are not answered: they belong to later transactions */
    public void transactionEnded(int outstandingBinds) {
        long last = binds - outstandingBinds;
        if (!shown.isEmpty()) {
            shown.clear();
        }
        if (unnamedNumber <= last) {
            unnamed = null;
        }
        if (!named.isEmpty()) {
            named.values().removeIf(portal -> portal.number <= last);
        }
    }
}
