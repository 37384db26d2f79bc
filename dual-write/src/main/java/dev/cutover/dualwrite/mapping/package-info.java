@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.mapping;
