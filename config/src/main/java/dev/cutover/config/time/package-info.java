/** Times that are waited for. */
@org.jspecify.annotations.NullMarked
package dev.cutover.config.time;
