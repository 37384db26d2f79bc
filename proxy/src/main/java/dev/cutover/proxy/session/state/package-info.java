/** The state of a session: its settings, its transaction, and what binds it to a backend. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.session.state;
