// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.verb;

import dev.cutover.config.adminapi.Finding;
import dev.cutover.config.adminapi.FlipResult;
import dev.cutover.config.adminapi.VerbRequest;
import dev.cutover.proxy.control.refusal.DrainTimeoutException;
import dev.cutover.proxy.control.refusal.RefusedException;
import dev.cutover.proxy.control.tenant.Tenant;
import java.sql.SQLException;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One thing an operator can do to a tenant. Instances keep no state.
 *
 * @param <R> what can be asked for with it
 */
public interface Verb<R extends VerbRequest> {
    String name();

    /** Whether the tenant must have been recovered. A verb that ends a transition does not need that. */
    default boolean requiresRecovery() {
        return true;
    }

    /** Whether it changes nothing when it is asked for in this way. Then the history has no entry of it either. */
    default boolean preview(R request) {
        return request.preview();
    }

    /**
     * Does it. Runs on a thread of its own, alone for its tenant.
     *
     * @throws RefusedException when the tenant's state does not allow it; nothing has changed, unless the listener was told so:
     *     then the operation has failed
     * @throws DrainTimeoutException when transactions did not end in time; nothing has changed
     */
    Outcome run(Tenant tenant, R request, Listener listener)
            throws RefusedException, DrainTimeoutException, SQLException, InterruptedException;

    /**
     * What was done, in one line.
     *
     * @param findings what is worth knowing beside it
     * @param plan the steps that a dry run has planned and not done
     */
    record Outcome(String message, @Nullable FlipResult flip, List<Finding> findings, List<String> plan) {
        public Outcome(String message) {
            this(message, List.of());
        }

        public Outcome(String message, List<Finding> findings) {
            this(message, null, findings, List.of());
        }

        static Outcome planned(String message, List<Finding> findings, List<String> plan) {
            return new Outcome(message, null, findings, plan);
        }
    }

    /** Reports how far a verb has come. */
    interface Listener {
        void progress(String unit, long done, long total);

        /** Records what the verb has changed and will not undo. From here on a refusal counts as a failure. */
        void changed(String what);

        /**
         * Records that the verb waits for something that may take long.
         *
         * @param givesWay whether the verb ends when another one is asked for
         */
        void waiting(boolean givesWay);

        /** Whether the proxy is going down or another verb takes precedence; long work stops at its next safe point. */
        BooleanSupplier cancelled();
    }
}
