/** Liquibase, which runs in a process of its own. Nothing else imports it. */
@NullMarked
package dev.cutover.dualwrite.schema.liquibase;

import org.jspecify.annotations.NullMarked;
