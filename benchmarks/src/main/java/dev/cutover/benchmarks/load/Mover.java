// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks.load;

/** Takes clients from one side to the other, and at the next call back. */
interface Mover {
    /** Tries it once. */
    Move move() throws Exception;

    /**
     * One such attempt. Times are by the machine's clock, in microseconds since 1970.
     *
     * @param beginMicros when it began, with all that comes before clients are held
     * @param holdMicros how long clients were held
     * @param failure why nothing has moved; empty if it has
     */
    record Move(long beginMicros, long endMicros, long holdMicros, String failure) {
        boolean overlaps(long fromMicros, long toMicros) {
            return fromMicros <= endMicros && toMicros >= beginMicros;
        }
    }
}
