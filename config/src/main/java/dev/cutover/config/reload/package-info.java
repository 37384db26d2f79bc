/** What becomes of a changed configuration while the proxy runs: detect, plan. Applying is the runtime's part. */
@org.jspecify.annotations.NullMarked
package dev.cutover.config.reload;
