// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.reply.EditedText;
import dev.cutover.proxy.reply.SentText;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import dev.cutover.proxy.wire.ErrorFields;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What to hand to a {@link Conversation} with each message. There is a method for each kind of message. What a client sends often is
 * pooled.
 */
final class AwaitedPools {
    private final ReplyScope scope;
    private final Awaited.Pool<AwaitedStatement.Query> queries;
    private final Awaited.Pool<AwaitedPrepared.Parse> parses;
    private final Awaited.Pool<AwaitedPrepared.KnownParse> knownParses;
    private final Awaited.Pool<AwaitedPrepared.InjectedParse> injectedParses;
    private final Awaited.Pool<AwaitedPart.Bind> binds;
    private final Awaited.Pool<AwaitedPrepared.Describe> describes;
    private final Awaited.Pool<AwaitedStatement.Execute> executes;
    private final Awaited.Pool<AwaitedPrepared.Close> closes;
    private final Awaited.Pool<AwaitedPrepared.VirtualClose> virtualCloses;
    private final Awaited.Pool<AwaitedCycle.Sync> syncs;

    AwaitedPools(ReplyScope scope) {
        this.scope = scope;
        this.queries = new Awaited.Pool<>(pool -> new AwaitedStatement.Query(scope, pool));
        this.parses = new Awaited.Pool<>(pool -> new AwaitedPrepared.Parse(scope, pool));
        this.knownParses = new Awaited.Pool<>(pool -> new AwaitedPrepared.KnownParse(scope, pool));
        this.injectedParses = new Awaited.Pool<>(pool -> new AwaitedPrepared.InjectedParse(scope, pool));
        this.binds = new Awaited.Pool<>(pool -> new AwaitedPart.Bind(scope, pool));
        this.describes = new Awaited.Pool<>(pool -> new AwaitedPrepared.Describe(scope, pool));
        this.executes = new Awaited.Pool<>(pool -> new AwaitedStatement.Execute(scope, pool));
        this.closes = new Awaited.Pool<>(pool -> new AwaitedPrepared.Close(scope, pool));
        this.virtualCloses = new Awaited.Pool<>(pool -> new AwaitedPrepared.VirtualClose(scope, pool));
        this.syncs = new Awaited.Pool<>(pool -> new AwaitedCycle.Sync(scope, pool));
    }

    /**
     * A simple Query of the client.
     *
     * @param followed its statements, if their effects are followed
     * @param sample if it is a read of the sample
     * @param edited if it carries the client's text with other statements in it
     * @param sent if it carries another text than the client's
     */
    AwaitedStatement.Query query(
            @Nullable StatementPlan followed,
            @Nullable SampledExecution sample,
            @Nullable EditedText edited,
            @Nullable SentText sent) {
        AwaitedStatement.Query query = queries.take();
        query.follow(followed);
        query.sample(sample);
        query.edit(edited);
        query.send(sent);
        return query;
    }

    /** A simple Query of the client that nobody reads. */
    AwaitedStatement.Query unreadQuery() {
        return queries.take();
    }

    /** A simple Query that is made to fail, so that the client gets this error. */
    Awaited refusedQuery(ErrorFields error) {
        return queries.take().substitute(error);
    }

    /** A statement that has failed is sent again as this text. */
    AwaitedStatement again(AwaitedStatement failed, SentText text) {
        AwaitedStatement again = failed instanceof AwaitedStatement.Query ? queries.take() : executes.take();
        again.inPlaceOf(failed);
        again.send(text);
        return again;
    }

    Awaited functionCall() {
        return new AwaitedCycle.FunctionCall(scope);
    }

    Awaited sync() {
        return syncs.take();
    }

    Awaited copyEnd() {
        return new AwaitedPart.CopyEnd(scope);
    }

    /** @param variant null if the server is known to refuse it */
    Awaited parse(@Nullable Variant variant) {
        AwaitedPrepared.Parse parse = parses.take();
        parse.about(variant);
        return parse;
    }

    /** A Parse that is made to fail, so that the client gets this error. */
    Awaited refusedParse(ErrorFields error) {
        return parses.take().substitute(error);
    }

    Awaited knownParse(ClientStatement statement) {
        AwaitedPrepared.KnownParse parse = knownParses.take();
        parse.of(statement);
        return parse;
    }

    /** A Parse of a statement of the client, in front of the message that needs it. */
    Awaited injectedParse(Variant variant) {
        AwaitedPrepared.InjectedParse parse = injectedParses.take();
        parse.about(variant);
        return parse;
    }

    /** A Parse of a statement that is not one of the client's. @param text what it is sent as, in place of the client's */
    Awaited ownParse(@Nullable SentText text) {
        AwaitedPrepared.InjectedParse parse = injectedParses.take();
        parse.repeats(text);
        return parse;
    }

    /** @param variant null if SQL's PREPARE has made the statement */
    Awaited bind(@Nullable Variant variant) {
        return binds.take().of(variant);
    }

    /** A message about a portal that the backend does not have. @param answer writes the answer */
    Awaited ofShownPortal(Consumer<ByteBuf> answer) {
        return new AwaitedPart.OfShownPortal(scope, answer);
    }

    Awaited injectedBind(@Nullable SentText text) {
        return new AwaitedPart.InjectedBind(scope, text);
    }

    /** @param variant null for what is not a statement of the protocol */
    Awaited describe(@Nullable Variant variant) {
        AwaitedPrepared.Describe describe = describes.take();
        describe.about(variant);
        return describe;
    }

    Awaited injectedDescribe(Variant variant) {
        return new AwaitedPrepared.InjectedDescribe(scope, variant);
    }

    /**
     * An Execute of the client.
     *
     * @param followed its statement, if its effects are followed
     * @param tag what the client gets for it, if that is not the server's
     */
    AwaitedStatement.Execute execute(
            @Nullable StatementPlan followed,
            @Nullable SampledExecution sample,
            @Nullable String tag,
            @Nullable SentText sent) {
        AwaitedStatement.Execute execute = executes.take();
        execute.follow(followed);
        execute.sample(sample);
        execute.tag(tag);
        execute.send(sent);
        return execute;
    }

    /** An Execute of which nothing is known. */
    Awaited unreadExecute() {
        return executes.take();
    }

    /** An Execute of a DEALLOCATE. */
    Awaited deallocate(StatementPlan plan, String tag) {
        AwaitedStatement.Deallocate deallocate = new AwaitedStatement.Deallocate(scope);
        deallocate.follow(plan);
        deallocate.tag(tag);
        return deallocate;
    }

    Awaited injectedExecute() {
        return new AwaitedPart.InjectedExecute(scope);
    }

    /** @param preparedInSql the statement's name, if SQL's PREPARE has made it */
    Awaited close(@Nullable String preparedInSql) {
        AwaitedPrepared.Close close = closes.take();
        close.of(preparedInSql);
        return close;
    }

    Awaited virtualClose(@Nullable ClientStatement statement) {
        AwaitedPrepared.VirtualClose close = virtualCloses.take();
        close.of(statement);
        return close;
    }

    Awaited injectedClose() {
        return new AwaitedPrepared.InjectedClose(scope);
    }

    /** A Close of a statement to make room for another one. */
    Awaited evict(StatementKey key) {
        return new AwaitedPrepared.Evict(scope, key);
    }

    /** A Close of a statement that is prepared again, under the same name. */
    Awaited supersede(Variant variant) {
        return new AwaitedPrepared.Supersede(scope, variant);
    }

    Awaited settings() {
        return new AwaitedQuery.Settings(scope);
    }

    /** A PREPARE of the session, under its name. */
    Awaited prepare(String name) {
        return new AwaitedQuery.Prepare(scope, name);
    }

    /** A DEALLOCATE of what another session has left. */
    Awaited deallocateLeft() {
        return new AwaitedQuery.Deallocate(scope);
    }

    Awaited userCode() {
        return new AwaitedQuery.UserCode(scope);
    }

    Awaited settle() {
        return new AwaitedQuery.Settle(scope);
    }

    Awaited abort() {
        return new AwaitedQuery.Abort(scope);
    }

    Awaited inquiry() {
        return new AwaitedQuery.Inquiry(scope);
    }
}
