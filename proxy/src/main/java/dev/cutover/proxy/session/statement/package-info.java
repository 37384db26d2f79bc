/** The statements and portals that a client has prepared. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.session.statement;
