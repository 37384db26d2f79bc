// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.StatementKind;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.metrics.ProxyMeters.Outcome;
import dev.cutover.proxy.reply.EditedText;
import dev.cutover.proxy.reply.SentText;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.state.ClientEncoding;
import dev.cutover.proxy.session.state.Deallocation;
import dev.cutover.proxy.session.state.SearchPath;
import dev.cutover.proxy.session.state.SettingTexts;
import dev.cutover.proxy.session.state.TransactionTracker;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.ErrorFields;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The simple query protocol (chapter 55.2.2), and the function call protocol (55.2.4), which is as simple. */
final class SimpleQuery {
    private final SessionContext context;
    private final Conversation conversation;
    private final AwaitedPools awaited;
    private final ReadSampler samples;
    private final LongText longText;

    SimpleQuery(SessionContext context, Conversation conversation, ReadSampler samples, LongText longText) {
        this.context = context;
        this.conversation = conversation;
        this.awaited = conversation.awaited();
        this.samples = samples;
        this.longText = longText;
    }

    /** Query: {@code string text} */
    void query(Running running, ByteBuf in, int start, int length) {
        destroyUnnamed(running);
        int text = start + FrameReader.HEADER_LENGTH;
        int end = Strings.end(in, text, start + length);
        if (!context.texts.analysable(running.backend(), in, text, end)) {
            opaqueQuery(in, start, length);
            return;
        }
        String sql = in.toString(text, end - text, context.texts.charset());
        context.sending(sql);
        boolean readable = ClientEncoding.readable(sql);
        // What is not readable cannot be written again: it goes as it is.
        boolean literal = !readable || SearchPath.literal(context.pins, context.settings);
        StatementPlan plan = running.route().planner(literal).plan(sql);
        ErrorFields aborted = context.transaction.aborted().take(plan);
        ErrorFields refusal = aborted == null ? refusal(running, plan) : aborted;
        if (refusal != null) {
            refuse(refusal);
            return;
        }
        Rewrite rewrite = plan.rewrite();
        if (rewrite instanceof Rewrite.Unchanged) {
            context.services.meters().statements(plan.kind(), Outcome.UNCHANGED).increment();
            plan.sending(true);
            passOn(running, plan, sql, in, start, length);
        } else if (rewrite instanceof Rewrite.Mirrored mirrored) {
            if (MirrorEligibility.allowed(context, running.backend(), mirrored, sql, readable)) {
                context.services
                        .meters()
                        .statements(plan.kind(), Outcome.MIRRORED)
                        .increment();
                plan.sending(true);
                Messages.query(
                        conversation.message(awaited(plan, null, SentText.mirrored(mirrored, sql))),
                        mirrored.sql(),
                        context.texts.charset());
            } else {
                context.services
                        .meters()
                        .statements(plan.kind(), Outcome.UNCHANGED)
                        .increment();
                plan.sending(false);
                passOn(running, plan, sql, in, start, length);
            }
        } else if (rewrite instanceof Rewrite.Refused refused) {
            context.services.meters().statements(plan.kind(), Outcome.REFUSED).increment();
            plan.sending(true);
            refuse(Refusal.error(refused));
        }
    }

    /** Answers by an error, or has the server do so. See {@link Refusal}. */
    private void refuse(ErrorFields error) {
        if (conversation.needsNoServer()) {
            conversation.cycle().ends();
            error.writeTo(context.client.appendable());
            Messages.readyForQuery(context.client.appendable(), BackendMessage.IDLE);
        } else {
            Messages.query(
                    conversation.message(awaited.refusedQuery(error)), Refusal.text(error), context.texts.charset());
        }
    }

    private @Nullable ErrorFields refusal(Running running, StatementPlan plan) {
        ErrorFields taken = taken(plan);
        ErrorFields error = taken == null ? IdleSessionTimeout.refusal(context, plan) : taken;
        return error == null ? Refusal.undeclared(running, plan) : error;
    }

    /** The error for a PREPARE whose name a statement of the extended protocol has; null if there is none. */
    private @Nullable ErrorFields taken(StatementPlan plan) {
        List<AnalyzedText.Statement> statements = plan.text().statements();
        return statements.size() == 1
                        && statements.get(0).intent() instanceof Intent.Prepare prepare
                        && context.statements.get(prepare.name()) != null
                ? ErrorFields.error(
                        "42P05",
                        "prepared statement \"" + prepare.name() + "\" already exists",
                        "Close it first, or use another name.")
                : null;
    }

    private void passOn(Running running, StatementPlan plan, String sql, ByteBuf in, int start, int length) {
        if (Deallocation.any(plan.text().statements())) {
            conversation.deallocates();
        }
        EditedText edited = TransactionTracker.notable(plan.text().statements())
                ? SettingTexts.edited(running.route(), plan, plan.sent(sql), context.settings, context::deallocatesHere)
                : null;
        Awaited query = awaited(plan, edited, translated(plan, sql));
        if (edited != null) {
            Messages.query(conversation.message(query), edited.sql(), context.texts.charset());
        } else if (plan.translation() != null) {
            Messages.query(conversation.message(query), plan.sent(sql), context.texts.charset());
        } else {
            conversation.forward(in, start, length, query);
        }
    }

    private static @Nullable SentText translated(StatementPlan plan, String sql) {
        return plan.translation() == null ? null : SentText.translated(plan.translation(), sql);
    }

    private Awaited awaited(StatementPlan plan, @Nullable EditedText edited, @Nullable SentText sent) {
        List<AnalyzedText.Statement> statements = plan.text().statements();
        boolean notable = TransactionTracker.notable(statements);
        context.emptyBlock.executing(statements);
        context.transaction.running(statements);
        if (notable) {
            for (AnalyzedText.Statement statement : statements) {
                context.transaction.sending(statement);
            }
        }
        return notable
                ? awaited.query(plan, null, edited, sent)
                : awaited.query(null, samples.query(plan), edited, sent);
    }

    /** A text that nobody can read. Whatever it leaves behind, it leaves in this backend. */
    private void opaqueQuery(ByteBuf in, int start, int length) {
        context.pins.pin(SessionEffect.UNKNOWN);
        context.transaction.runningUserCode();
        passUnread(in, start, length);
    }

    /** The beginning of a text that is too long to be analysed. */
    void longQuery(Running running, ByteBuf in, int start, int available) {
        destroyUnnamed(running);
        longText.begin(
                context.texts.lexesAlike(running.backend()), in, start + FrameReader.HEADER_LENGTH, start + available);
        passUnread(in, start, available);
    }

    private void passUnread(ByteBuf in, int start, int available) {
        context.services
                .meters()
                .statements(StatementKind.OTHER, Outcome.UNCHANGED)
                .increment();
        conversation.forward(in, start, available, awaited.unreadQuery());
        context.emptyBlock.executing(List.of());
    }

    /** FunctionCall: the function may do anything. */
    void functionCall(ByteBuf in, int start, int available) {
        conversation.forward(in, start, available, awaited.functionCall());
        context.emptyBlock.executing(List.of());
        context.transaction.runningUserCode();
    }

    private void destroyUnnamed(Running running) {
        context.statements.remove("");
        context.portals.close("");
        running.backend().prepared().unnamed(null);
    }
}
