// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.route;

import java.util.List;

/**
 * A statement that a client holds prepared, and of whose rows it was told the columns.
 *
 * @param parameterTypes OIDs, as far as the client has declared them; 0 if not
 */
public record DescribedStatement(String text, List<Long> parameterTypes) {
    public DescribedStatement {
        parameterTypes = List.copyOf(parameterTypes);
    }
}
