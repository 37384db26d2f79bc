/** How a changed configuration is applied while the proxy runs: detect, plan. Applying is the runtime's part. */
@org.jspecify.annotations.NullMarked
package dev.cutover.config.reload;
