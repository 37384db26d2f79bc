@org.jspecify.annotations.NullMarked
package dev.cutover.proxy;
