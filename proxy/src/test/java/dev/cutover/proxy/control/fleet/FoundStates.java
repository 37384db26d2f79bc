// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.fleet;

import java.util.Arrays;

/** A hash set of packed states in the order in which they were found, each with the state that it was found from. */
final class FoundStates {
    private final int width;
    private long[] words;
    private int[] parents = new int[1 << 12];
    private int[] slots = new int[1 << 13];
    private int size;

    /** @param width how many words a state has */
    FoundStates(int width) {
        this.width = width;
        this.words = new long[width << 12];
    }

    int size() {
        return size;
    }

    int parent(int state) {
        return parents[state];
    }

    void get(int state, long[] into) {
        System.arraycopy(words, state * width, into, 0, width);
    }

    /** Adds a state unless it is there. */
    void add(long[] state, int parent) {
        int slot = slot(state, 0);
        while (slots[slot] != 0) {
            if (equal((slots[slot] - 1) * width, state)) {
                return;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        if (size == parents.length) {
            parents = Arrays.copyOf(parents, 2 * size);
            words = Arrays.copyOf(words, 2 * size * width);
        }
        System.arraycopy(state, 0, words, size * width, width);
        parents[size++] = parent;
        slots[slot] = size;
        if (2 * size > slots.length) {
            rehash();
        }
    }

    private boolean equal(int at, long[] state) {
        for (int i = 0; i < width; i++) {
            if (words[at + i] != state[i]) {
                return false;
            }
        }
        return true;
    }

    private void rehash() {
        int[] before = slots;
        slots = new int[2 * before.length];
        for (int entry : before) {
            if (entry != 0) {
                int slot = slot(words, (entry - 1) * width);
                while (slots[slot] != 0) {
                    slot = (slot + 1) & (slots.length - 1);
                }
                slots[slot] = entry;
            }
        }
    }

    private int slot(long[] from, int at) {
        long hash = 0;
        for (int i = at; i < at + width; i++) {
            hash = (hash ^ from[i]) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        return (int) (hash ^ (hash >>> 32)) & (slots.length - 1);
    }
}
