// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.schedule;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A task that a scheduler repeats whatever it throws. Without this, the scheduler would end it in silence. */
public record RepeatedTask(String name, Runnable task) implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(RepeatedTask.class);

    @Override
    public void run() {
        try {
            task.run();
        } catch (Throwable e) {
            LOG.error("task failed, will be repeated task={}", name, e);
        }
    }
}
