// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.SessionState.Running;
import dev.cutover.proxy.session.state.ToldParameters;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.ClientParse;
import dev.cutover.proxy.session.statement.ClientStatement.Meaning;
import dev.cutover.proxy.session.statement.ShownPortal;
import dev.cutover.proxy.wire.BackendMessage;
import dev.cutover.proxy.wire.FrameReader;
import dev.cutover.proxy.wire.FrontendMessage;
import dev.cutover.proxy.wire.Messages;
import dev.cutover.proxy.wire.ShowReply;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers SHOW of the proxy's own parameters without a server: outside of a transaction, and in a block in which nothing is outstanding
 * and nothing of the client's cycle has been sent. So the answer is in order, and the transaction's status is known.
 *
 * <p>Everything else is left to the server, which is sent a query of the same result in place of the SHOW ({@link ToldParameters}): behind
 * messages that are outstanding, where it costs no round trip of its own; and in a failed block, where the server refuses it.
 */
final class ShowAnswers {
    private final SessionContext context;
    private final Conversation conversation;
    /** A message has been answered without a backend since the last Sync. */
    private boolean answered;

    ShowAnswers(SessionContext context, Conversation conversation) {
        this.context = context;
        this.conversation = conversation;
    }

    /** What a text asks for. */
    private record Asked(String parameter, String value, String sql, StatementPlan plan, Route route) {}

    /**
     * Answers a message if it is about such a SHOW and needs no server.
     *
     * @param running null if the session has no backend
     * @return whether it is answered
     */
    boolean answer(@Nullable Running running, byte type, ByteBuf in, int start, int length) {
        return switch (type) {
            case FrontendMessage.QUERY -> query(running, in, start, start + length);
            case FrontendMessage.PARSE -> parse(running, in, start, start + length);
            case FrontendMessage.BIND ->
                context.statements.holdShow() && needsNoServer(running) && bind(running, in, start, start + length);
            case FrontendMessage.DESCRIBE, FrontendMessage.CLOSE ->
                (context.statements.holdShow() || context.portals.anyShown())
                        && needsNoServer(running)
                        && describeOrClose(running, type, in, start, start + length);
            case FrontendMessage.EXECUTE ->
                context.portals.anyShown() && needsNoServer(running) && execute(running, in, start, start + length);
            default -> false;
        };
    }

    /** Sync has come, and the session has no backend. */
    void synced() {
        if (answered) {
            answered = false;
            context.statements.ready(true);
            context.portals.transactionEnded(0);
        }
    }

    private boolean needsNoServer(@Nullable Running running) {
        if (context.transaction.aborted().untold() || context.routing.removed()) {
            return false;
        }
        return running == null
                || conversation.cycleNotSent()
                        && running.backend().transactionStatus() == BackendMessage.IN_TRANSACTION;
    }

    /** A message is answered now. @return where to write the answer */
    private ByteBuf begin(@Nullable Running running, Route route) {
        if (running == null) {
            answered = true;
            context.tell(route);
        } else {
            conversation.cycle().requestBegins();
            context.emptyBlock.messageCame();
        }
        return context.client.appendable();
    }

    private Route route(@Nullable Running running) {
        return running == null ? context.routing.route() : running.route();
    }

    /** Query: {@code string text} */
    private boolean query(@Nullable Running running, ByteBuf in, int start, int limit) {
        int text = start + FrameReader.HEADER_LENGTH;
        Asked asked = ShowText.begins(in, text, limit) ? asked(running, in, text, limit) : null;
        if (asked == null) {
            return false;
        }
        context.statements.remove("");
        context.portals.close("");
        context.sending(asked.sql());
        ByteBuf out = begin(running, asked.route());
        ShownPortal portal = portal(asked.parameter(), asked.value(), (short) 0);
        portal.describe(out);
        portal.execute(out);
        if (running == null) {
            Messages.readyForQuery(out, BackendMessage.IDLE);
            synced();
        } else {
            context.emptyBlock.executing(List.of());
            conversation.answerCycle();
        }
        return true;
    }

    private ShownPortal portal(String parameter, String value, short format) {
        return new ShownPortal(parameter, value, context.texts.charset(), format);
    }

    private @Nullable Asked asked(@Nullable Running running, ByteBuf in, int text, int limit) {
        int end = Strings.end(in, text, limit);
        if (!needsNoServer(running) || !ShowText.isAscii(in, text, end)) {
            return null;
        }
        Route route = route(running);
        String sql = in.toString(text, end - text, StandardCharsets.US_ASCII);
        StatementPlan plan = route.planner(false).plan(sql);
        String parameter = ToldParameters.single(plan);
        String value = parameter == null ? null : ToldParameters.value(route, parameter);
        return parameter == null || value == null ? null : new Asked(parameter, value, sql, plan, route);
    }

    /** Parse: {@code string name, string text, int16 count, int32[count] parameter types} */
    private boolean parse(@Nullable Running running, ByteBuf in, int start, int limit) {
        if (limit - start > ShowText.LONGEST) {
            return false;
        }
        int nameStart = start + FrameReader.HEADER_LENGTH;
        int nameEnd = Strings.end(in, nameStart, limit);
        int text = nameEnd + 1;
        Asked asked = ShowText.begins(in, text, limit) ? asked(running, in, text, limit) : null;
        String name = Strings.name(in, nameStart, nameEnd);
        boolean taken = !name.isEmpty() && context.statements.get(name) != null || context.sqlPrepared.has(name);
        if (asked == null || taken || in.getShort(limit - Short.BYTES) != 0) {
            return false;
        }
        ClientStatement statement = new ClientStatement(
                new ClientParse(
                        name,
                        asked.sql().getBytes(StandardCharsets.US_ASCII),
                        context.texts.encoding(),
                        InsertedMessages.NO_PARAMETER_TYPES,
                        false),
                new Meaning(asked.route(), asked.plan(), context.routing.schemaChangedAt(), false, false),
                context.settings,
                null);
        if (context.statements.memory().room(statement.footprint()) != null) {
            return false;
        }
        context.statements.put(statement);
        context.sending(asked.sql());
        Messages.bare(begin(running, asked.route()), BackendMessage.PARSE_COMPLETE);
        return true;
    }

    /**
     * Bind: {@code string portal, string statement, int16 formats, int16[] format, int16 values, ..., int16 result formats, int16[] result
     * format}. One with a value, or with more formats than columns, is the server's to refuse.
     */
    private boolean bind(@Nullable Running running, ByteBuf in, int start, int limit) {
        int portalStart = start + FrameReader.HEADER_LENGTH;
        int portalEnd = Strings.end(in, portalStart, limit);
        int nameEnd = Strings.end(in, portalEnd + 1, limit);
        ClientStatement statement = context.statements.get(Strings.name(in, portalEnd + 1, nameEnd));
        Route route = route(running);
        String parameter = statement == null ? null : statement.shown();
        String value = parameter == null ? null : ToldParameters.value(route, parameter);
        short format = ShowText.resultFormat(in, nameEnd + 1, limit);
        if (parameter == null || value == null || format < 0) {
            return false;
        }
        context.portals.bindShown(Strings.name(in, portalStart, portalEnd), portal(parameter, value, format));
        Messages.bare(begin(running, route), BackendMessage.BIND_COMPLETE);
        return true;
    }

    /** Describe and Close: {@code byte 'S' or 'P', string name} */
    private boolean describeOrClose(@Nullable Running running, byte type, ByteBuf in, int start, int limit) {
        int kind = start + FrameReader.HEADER_LENGTH;
        String name = Strings.name(in, kind + 1, Strings.end(in, kind + 1, limit));
        boolean describes = type == FrontendMessage.DESCRIBE;
        return in.getByte(kind) == FrontendMessage.STATEMENT
                ? describes ? describeStatement(running, name) : closeStatement(running, name)
                : describes ? describePortal(running, name) : closePortal(running, name);
    }

    private boolean describeStatement(@Nullable Running running, String name) {
        ClientStatement statement = context.statements.get(name);
        String parameter = statement == null ? null : statement.shown();
        Route route = route(running);
        if (statement == null || parameter == null || ToldParameters.value(route, parameter) == null) {
            return false;
        }
        ByteBuf out = begin(running, route);
        int message = Messages.begin(out, BackendMessage.PARAMETER_DESCRIPTION);
        out.writeBytes(statement.parameterTypes());
        Messages.finish(out, message);
        ShowReply.description(out, parameter, (short) 0);
        return true;
    }

    private boolean closeStatement(@Nullable Running running, String name) {
        ClientStatement statement = context.statements.get(name);
        if (statement == null || statement.shown() == null) {
            return false;
        }
        context.statements.remove(name);
        Messages.bare(begin(running, route(running)), BackendMessage.CLOSE_COMPLETE);
        return true;
    }

    private boolean describePortal(@Nullable Running running, String name) {
        ShownPortal portal = context.portals.shown(name);
        if (portal != null) {
            portal.describe(begin(running, route(running)));
        }
        return portal != null;
    }

    private boolean closePortal(@Nullable Running running, String name) {
        boolean shown = context.portals.shown(name) != null;
        if (shown) {
            context.portals.close(name);
            Messages.bare(begin(running, route(running)), BackendMessage.CLOSE_COMPLETE);
        }
        return shown;
    }

    /** Execute: {@code string portal, int32 row limit} */
    private boolean execute(@Nullable Running running, ByteBuf in, int start, int limit) {
        int nameStart = start + FrameReader.HEADER_LENGTH;
        ShownPortal portal = context.portals.shown(Strings.name(in, nameStart, Strings.end(in, nameStart, limit)));
        if (portal != null) {
            portal.execute(begin(running, route(running)));
            context.emptyBlock.executing(List.of());
        }
        return portal != null;
    }
}
