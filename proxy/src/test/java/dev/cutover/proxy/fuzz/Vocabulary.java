package dev.cutover.proxy.fuzz;

/** What random schemas and sessions are made of. */
enum Vocabulary {
    PLAIN,
    /** With {@link Oddities}. */
    ODD,
    /** With keys of unusual types, and rows that exchange unique values or ranges under an exclusion constraint. */
    KEYS;

    /** Seeds of a hundred have the same; those above 200 are the last one's. */
    static Vocabulary of(long seed) {
        return seed <= 100 ? PLAIN : seed <= 200 ? ODD : seed <= 300 ? KEYS : values()[(int) (seed % 3)];
    }
}
