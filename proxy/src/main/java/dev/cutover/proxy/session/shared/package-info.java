/** What all sessions of the proxy share. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.session.shared;
