/** This proxy among several that share one control database: who leads which tenant, and what the others have to follow. */
@NullMarked
package dev.cutover.proxy.control.fleet;

import org.jspecify.annotations.NullMarked;
