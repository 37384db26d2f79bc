/** What an operator may ask for, one class each. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.verb;
