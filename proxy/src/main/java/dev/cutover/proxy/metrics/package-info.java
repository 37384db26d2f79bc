/** The catalogue of the proxy's meters. */
@NullMarked
package dev.cutover.proxy.metrics;

import org.jspecify.annotations.NullMarked;
