// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.campaign;

/** What a gate was seen to be. */
sealed interface GateVerdict {
    record Held() implements GateVerdict {}

    /** @param why the gate and its figure, in one line */
    record Broken(String why) implements GateVerdict {}

    /** @param why who does not answer */
    record Unknown(String why) implements GateVerdict {}
}
