package dev.cutover.dualwrite.rewrite;

import dev.cutover.dualwrite.analyze.AnalyzedText;

/** All that the session must know of a query text: what it is, and what to send in its place. */
public record StatementPlan(AnalyzedText text, Rewrite rewrite) {}
