// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText;
import dev.cutover.dualwrite.analyze.statement.Intent;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.dualwrite.readcompare.SampledRead;
import dev.cutover.dualwrite.readcompare.SampledRead.Parameter;
import dev.cutover.proxy.route.ReadSampling;
import dev.cutover.proxy.session.statement.ClientStatement;
import dev.cutover.proxy.session.statement.ClientStatement.Variant;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among a session's reads those that are run again on both sides. Only reads that mean the same in another session:
 * single ones outside of a transaction block, by the route's {@code search_path}, of no other role.
 */
final class ReadSampler {
    private static final int LONGEST_TEXT = 64 * 1024;
    private static final int INT2 = 21;
    private static final int INT4 = 23;
    private static final int INT8 = 20;

    private final SessionContext context;

    /** Of the last Bind that was sent; null if that is not of the sample. */
    private @Nullable SampledExecution bound;

    private String boundPortal = "";

    ReadSampler(SessionContext context) {
        this.context = context;
    }

    /** The last text of the simple protocol is being sent. @return null if it is not of the sample */
    @Nullable SampledExecution query(StatementPlan plan) {
        ReadSampling sampling = context.routing.sampling();
        return sampling != null && chosen(sampling, plan, context.lastQuery())
                ? new SampledExecution(sampling, read(context.lastQuery(), List.of()), "")
                : null;
    }

    /**
     * A Bind is being sent.
     *
     * @param rest where the parts of the message behind the statement's name begin: {@code int16 count, int16[count]
     *     formats, int16 count, (int32 length, value)[count], ...}
     * @param whole whether the message ends at {@code limit}
     */
    void bound(String portal, Variant variant, ByteBuf in, int rest, int limit, boolean whole) {
        ReadSampling sampling = context.routing.sampling();
        bound = null;
        if (sampling != null && variant.rewrite() == null) {
            String sql = variant.statement().sql();
            if (chosen(sampling, variant.plan(), sql)) {
                boundPortal = portal;
                bound = whole
                        ? sample(sampling, sql, in.slice(rest, limit - rest), variant.statement())
                        : new SampledExecution(sampling, read(sql, List.of()), "its parameters are too long");
            }
        }
    }

    /** An Execute is being sent. @return null if it is not of the sample */
    @Nullable SampledExecution executing(String portal) {
        SampledExecution sample = bound;
        bound = null;
        return sample != null && boundPortal.equals(portal) ? sample : null;
    }

    private boolean chosen(ReadSampling sampling, StatementPlan plan, String sql) {
        return isRead(plan)
                && sql.length() <= LONGEST_TEXT
                && context.transaction.readsAsAnySession()
                && MirrorEligibility.routedSearchPath(context)
                && context.texts.charset() == StandardCharsets.UTF_8
                && sampling.next();
    }

    private static boolean isRead(StatementPlan plan) {
        List<AnalyzedText.Statement> statements = plan.text().statements();
        return statements.size() == 1
                && plan.translation() == null
                && statements.get(0).intent() instanceof Intent.Read
                && statements.get(0).effects().isEmpty();
    }

    private SampledRead read(String sql, List<Parameter> parameters) {
        return new SampledRead(sql, parameters, context.user);
    }

    private SampledExecution sample(ReadSampling sampling, String sql, ByteBuf rest, ClientStatement statement) {
        try {
            return readable(sampling, sql, rest, statement);
        } catch (IndexOutOfBoundsException e) {
            // The server will refuse the message.
            return new SampledExecution(sampling, read(sql, List.of()), "its Bind is malformed");
        }
    }

    private SampledExecution readable(ReadSampling sampling, String sql, ByteBuf rest, ClientStatement statement) {
        short[] formats = new short[rest.readUnsignedShort()];
        for (int i = 0; i < formats.length; i++) {
            formats[i] = rest.readShort();
        }
        int count = rest.readUnsignedShort();
        int[] types = types(statement.parameterTypes(), count);
        List<Parameter> parameters = new ArrayList<>();
        String unreadable = "";
        for (int i = 0; i < count; i++) {
            int length = rest.readInt();
            short format = formats.length == 0 ? 0 : formats[formats.length == 1 ? 0 : i];
            String text = null;
            if (length >= 0) {
                ByteBuf value = rest.readSlice(length);
                text = format == 0 ? value.toString(StandardCharsets.UTF_8) : binary(value, types[i]);
            }
            if (length >= 0 && text == null || !SampledRead.canName(types[i])) {
                unreadable = "a parameter is of a type or format that is not read";
            }
            parameters.add(new Parameter(text, types[i]));
        }
        return new SampledExecution(sampling, read(sql, parameters), unreadable);
    }

    /** Parse's {@code int16 count, int32[count]}; 0 for what it leaves to the server. */
    private static int[] types(byte[] parse, int count) {
        int[] types = new int[count];
        ByteBuffer buffer = ByteBuffer.wrap(parse);
        int named = buffer.remaining() < 2 ? 0 : buffer.getShort() & 0xFFFF;
        for (int i = 0; i < Math.min(named, count); i++) {
            types[i] = buffer.getInt();
        }
        return types;
    }

    /** Drivers send whole numbers so; null for any other type. */
    private static @Nullable String binary(ByteBuf value, int type) {
        return switch (type) {
            case INT2 -> Short.toString(value.readShort());
            case INT4 -> Integer.toString(value.readInt());
            case INT8 -> Long.toString(value.readLong());
            default -> null;
        };
    }
}
