/** Holds a tenant's new transactions for the moment of a flip. */
@NullMarked
package dev.cutover.proxy.gate;

import org.jspecify.annotations.NullMarked;
