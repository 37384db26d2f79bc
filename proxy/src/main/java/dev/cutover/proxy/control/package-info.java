/** What operators do with tenants: phases, verbs, guardrails, and the control database that remembers them. */
@NullMarked
package dev.cutover.proxy.control;

import org.jspecify.annotations.NullMarked;
