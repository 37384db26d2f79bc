/** The login of a client. */
@org.jspecify.annotations.NullMarked
package dev.cutover.proxy.client.login;
