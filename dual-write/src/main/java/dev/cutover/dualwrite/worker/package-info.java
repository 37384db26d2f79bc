/** Work on a tenant's tables that several threads share and that can be held back. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.worker;
