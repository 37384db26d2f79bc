// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.StatementFingerprint;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The shapes of a tenant's statements that named the schema of one of its sides. For any thread. */
public final class NamedSides {
    /** An application has no more different ones than a list for people can hold. */
    private static final int MOST = 100;

    private final Set<String> shapes = new TreeSet<>();

    synchronized void seen(String sql) {
        if (shapes.size() < MOST) {
            shapes.add(StatementFingerprint.of(sql));
        }
    }

    /** In alphabetical order, without their values. */
    public synchronized List<String> shapes() {
        return List.copyOf(shapes);
    }
}
