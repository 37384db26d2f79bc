/** The conditions for a flip, a class for each. They look at a {@code Situation} and change nothing. */
@NullMarked
package dev.cutover.proxy.control.guardrail;

import org.jspecify.annotations.NullMarked;
