/** Frames of PostgreSQL's frontend/backend protocol 3.x: reading, forwarding and the few messages of our own. */
@NullMarked
package dev.cutover.proxy.wire;

import org.jspecify.annotations.NullMarked;
