package dev.cutover.dualwrite.rewrite;

import dev.cutover.dualwrite.rewrite.Rewrite.Mirrored;
import dev.cutover.dualwrite.rewrite.Translation.Meaning;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Plans texts by what they mean on the serving side: a text that names another side's schema means the serving one. */
final class TranslatingPlanner implements StatementPlanner {
    private final StatementPlanner planner;
    private final Set<String> own;
    private final String serving;
    private final NamedSides named;

    /** @param own the schemas of the tenant's sides, the serving one among them */
    TranslatingPlanner(StatementPlanner planner, Set<String> own, String serving, NamedSides named) {
        this.planner = planner;
        this.own = Set.copyOf(own);
        this.serving = serving;
        this.named = named;
    }

    @Override
    public StatementPlan plan(String sql) {
        Meaning meaning = Translation.of(sql, own, serving);
        Translation translation = meaning.translation();
        if (meaning.namesSide()) {
            named.seen(sql);
        }
        if (meaning.refused() != null) {
            StatementPlan plan = planner.plan(sql);
            return new StatementPlan(plan.text(), meaning.refused(), plan.kind(), null, plan.generation(), null);
        }
        if (translation == null) {
            return planner.plan(sql);
        }
        StatementPlan plan = planner.plan(translation.sql());
        Rewrite rewrite =
                plan.rewrite() instanceof Mirrored mirrored ? inClientsText(mirrored, translation) : plan.rewrite();
        return new StatementPlan(plan.text(), rewrite, plan.kind(), plan.executions(), plan.generation(), translation);
    }

    @Override
    public StatementPlanner literal() {
        return planner;
    }

    @Override
    public String meaning(String sql) {
        Translation translation = Translation.of(sql, own, serving).translation();
        return translation == null ? sql : translation.sql();
    }

    @Override
    public @Nullable Object generation() {
        return planner.generation();
    }

    @Override
    public @Nullable Mirrored marking(String sql) {
        Translation translation = Translation.of(sql, own, serving).translation();
        Mirrored mirrored = planner.marking(translation == null ? sql : translation.sql());
        return mirrored == null || translation == null ? mirrored : inClientsText(mirrored, translation);
    }

    @Override
    public @Nullable Fallback fallback() {
        return planner.fallback();
    }

    private static Mirrored inClientsText(Mirrored mirrored, Translation translation) {
        return new Mirrored(mirrored.sql(), mirrored.reply(), translation.clients(mirrored.pieces()), mirrored.idle());
    }
}
