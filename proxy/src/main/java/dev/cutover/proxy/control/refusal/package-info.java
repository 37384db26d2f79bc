/** How operations refuse. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.refusal;
