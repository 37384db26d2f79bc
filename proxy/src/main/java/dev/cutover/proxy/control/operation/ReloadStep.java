// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.operation;

import dev.cutover.config.adminapi.ReloadReport.Change;
import java.util.List;

/**
 * A changed configuration that is ready to take effect.
 *
 * @param publish puts it into effect; cannot fail
 * @param notes what the operator should know
 */
public record ReloadStep(Runnable publish, List<Change> notes) {}
