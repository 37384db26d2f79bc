// SPDX-License-Identifier: Apache-2.0
package dev.cutover.benchmarks;

import dev.cutover.config.MirrorMode;
import dev.cutover.config.Side;
import dev.cutover.dualwrite.analyze.UserNames;
import dev.cutover.dualwrite.model.MirrorPlan;
import dev.cutover.dualwrite.model.MirrorPlan.Assignment;
import dev.cutover.dualwrite.model.MirrorPlan.Key;
import dev.cutover.dualwrite.model.MirrorPlan.TablePlan;
import dev.cutover.dualwrite.model.MirrorToken;
import java.util.List;
import java.util.Map;

/** A table of accounts whose balance is wider on the idle side, and an update of it. */
public final class AccountsPlan {
    public static final String UPDATE = "UPDATE accounts SET balance = balance + $1 WHERE id = $2";

    public static final TablePlan TABLE = new TablePlan(
            "accounts",
            "accounts",
            List.of(new Key("id", "integer", "id", "integer")),
            List.of("id", "owner", "balance"),
            List.of(
                    new Assignment("id", "\"id\"", "integer", true),
                    new Assignment("owner", "\"owner\"", "integer", false),
                    new Assignment("balance", "\"balance\"", "bigint", false)),
            null);

    private AccountsPlan() {}

    public static MirrorPlan of(MirrorMode mode) {
        return new MirrorPlan(
                "acme",
                Side.BLUE,
                "v1",
                "v2",
                MirrorToken.of("secret", 1),
                mode,
                Map.of("accounts", TABLE),
                UserNames.NONE);
    }
}
