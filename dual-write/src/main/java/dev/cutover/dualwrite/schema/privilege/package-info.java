/** What roles may do on both sides. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.schema.privilege;
