// SPDX-License-Identifier: Apache-2.0
package dev.cutover.dualwrite.mirror;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.cutover.dualwrite.analyze.SchemaNames;
import dev.cutover.dualwrite.mirror.Rewrite.Mirrored;
import dev.cutover.dualwrite.mirror.Translation.Meaning;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Plans texts by what they mean on the serving side: a text that names another side's schema means the serving one. */
final class TranslatingPlanner implements StatementPlanner {
    private static final long MOST_CHARACTERS = 128 * 1024;

    private final StatementPlanner planner;
    private final Set<String> own;
    private final String serving;
    private final NamedSides named;
    /** Of texts that may name a side; most texts do not. */
    private final Cache<String, Meaning> meanings = Caffeine.newBuilder()
            .maximumWeight(MOST_CHARACTERS)
            .<String, Meaning>weigher((text, meaning) -> text.length() + 256)
            .build();

    /** @param own the schemas of the tenant's sides, the serving one among them */
    TranslatingPlanner(StatementPlanner planner, Set<String> own, String serving, NamedSides named) {
        this.planner = planner;
        this.own = Set.copyOf(own);
        this.serving = serving;
        this.named = named;
    }

    @Override
    public StatementPlan plan(String sql) {
        Meaning meaning = meaningOf(sql);
        Translation translation = meaning.translation();
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

    private Meaning meaningOf(String sql) {
        if (!SchemaNames.mayAppear(sql, own)) {
            return Meaning.AS_IT_STANDS;
        }
        Meaning known = meanings.getIfPresent(sql);
        if (known != null) {
            return known;
        }
        Meaning meaning = Translation.of(sql, own, serving);
        if (meaning.namesSide()) {
            named.seen(sql);
        }
        meanings.put(sql, meaning);
        return meaning;
    }

    @Override
    public StatementPlanner literal() {
        return planner;
    }

    @Override
    public String meaning(String sql) {
        Translation translation = meaningOf(sql).translation();
        return translation == null ? sql : translation.sql();
    }

    @Override
    public Set<String> emptySchemas() {
        return planner.emptySchemas();
    }

    @Override
    public @Nullable Object generation() {
        return planner.generation();
    }

    @Override
    public @Nullable Mirrored marking(String sql) {
        Translation translation = meaningOf(sql).translation();
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
