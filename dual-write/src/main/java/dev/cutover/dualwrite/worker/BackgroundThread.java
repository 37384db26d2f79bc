// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.worker;

/**
 * A thread of work that nobody waits for: it does not compete with operations for connections. It does not keep the process
 * alive.
 */
public final class BackgroundThread extends Thread {
    public BackgroundThread(Runnable task, String name) {
        super(task, name);
        setDaemon(true);
    }
}
