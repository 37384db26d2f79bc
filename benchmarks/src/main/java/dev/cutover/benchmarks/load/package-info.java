/** Load scenarios: the proxy and what users would pick instead, measured side by side in one run. */
@NullMarked
package dev.cutover.benchmarks.load;

import org.jspecify.annotations.NullMarked;
