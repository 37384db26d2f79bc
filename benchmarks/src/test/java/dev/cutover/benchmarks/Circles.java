// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Which nodes of a graph can be reached from themselves. */
final class Circles {
    private Circles() {}

    static Set<String> members(Map<String, Set<String>> graph) {
        Set<String> members = new TreeSet<>();
        for (String node : graph.keySet()) {
            if (reached(graph, node).contains(node)) {
                members.add(node);
            }
        }
        return members;
    }

    private static Set<String> reached(Map<String, Set<String>> graph, String from) {
        Set<String> reached = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(graph.getOrDefault(from, Set.of()));
        while (!open.isEmpty()) {
            String next = open.pop();
            if (reached.add(next)) {
                open.addAll(graph.getOrDefault(next, Set.of()));
            }
        }
        return reached;
    }
}
