// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mapping;

/**
 * Why a table or column cannot be carried to the other side.
 *
 * @param place the table, or {@code table.column}
 * @param remedy what to write, and where, to repair it
 */
public record PlanProblem(String place, String problem, String remedy) {
    @Override
    public String toString() {
        return place + ": " + problem + "; " + remedy;
    }
}
