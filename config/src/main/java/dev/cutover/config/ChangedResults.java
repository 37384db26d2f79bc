// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config;

/** How a transaction ends whose first statement is prepared and has another result since a flip. */
public enum ChangedResults {
    /** The statement fails with 0A000, and the transaction is aborted. */
    ERROR,
    /**
     * The statement fails with 0A000. If it came before BEGIN was answered, the transaction is taken back: the client learns that
     * none is open, and its driver begins it again and prepares the statement again.
     */
    RESTART
}
