/** The admin API. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.control.http;
