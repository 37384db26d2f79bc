/** Accepts clients: the transport, the listening socket and the first handler of each connection. */
@NullMarked
package dev.cutover.proxy.listen;

import org.jspecify.annotations.NullMarked;
