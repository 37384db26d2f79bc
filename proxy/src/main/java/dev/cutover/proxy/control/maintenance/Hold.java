// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.control.maintenance;

/** A thread's places, apart from its connections. Closing it gives them back once no connection of the thread is open. */
@FunctionalInterface
public interface Hold extends AutoCloseable {
    @Override
    void close();
}
