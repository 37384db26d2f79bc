/** Takes writes apart with a parser generated from Calcite's template; nothing else imports Calcite. */
@org.jspecify.annotations.NullMarked
package dev.cutover.dualwrite.analyze.calcite;
