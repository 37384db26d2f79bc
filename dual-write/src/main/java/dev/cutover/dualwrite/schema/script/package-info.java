/** What a migration's script holds, by its tokens. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.schema.script;
