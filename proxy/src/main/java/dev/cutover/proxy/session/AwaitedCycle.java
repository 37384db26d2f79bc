// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import org.jspecify.annotations.Nullable;

/** A message of the client that is nothing but answered: by ReadyForQuery, behind what is passed on as it comes. */
abstract sealed class AwaitedCycle extends Awaited {
    private AwaitedCycle(ReplyScope scope, @Nullable Pool<?> pool) {
        super(scope, pool);
    }

    @Override
    final boolean endsCycle() {
        return true;
    }

    static final class Sync extends AwaitedCycle {
        Sync(ReplyScope scope, Pool<Sync> pool) {
            super(scope, pool);
        }
    }

    static final class FunctionCall extends AwaitedCycle {
        FunctionCall(ReplyScope scope) {
            super(scope, null);
        }
    }
}
