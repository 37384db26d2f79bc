// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import dev.cutover.dualwrite.analyze.statement.WriteStatement;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;

/** Puts together the statements that stand in for clients' writes of one table. */
public interface TableRewrite {
    Mirrored rewrite(WriteStatement write, Splice splice);

    /** How many columns a rewritten statement adds to those that the client wants. */
    int columnsRead();
}
