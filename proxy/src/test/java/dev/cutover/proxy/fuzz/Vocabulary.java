// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.fuzz;

/** What random schemas and sessions are made of. */
enum Vocabulary {
    PLAIN,
    /** With {@link Oddities}. */
    ODD,
    /** With keys of unusual types, and rows that exchange unique values or ranges under an exclusion constraint. */
    KEYS,
    /** With {@link OtherObjects}. */
    OBJECTS;

    /** Seeds of a hundred have the same; beyond 400, four seeds in a row do. */
    static Vocabulary of(long seed) {
        return values()[(int) (seed <= 400 ? (seed - 1) / 100 : seed / 4 % values().length)];
    }
}
