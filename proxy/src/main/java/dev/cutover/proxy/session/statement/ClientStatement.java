// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.statement;

import dev.cutover.dualwrite.analyze.statement.AnalyzedText.Statement;
import dev.cutover.dualwrite.mirror.Rewrite;
import dev.cutover.dualwrite.mirror.StatementPlan;
import dev.cutover.proxy.backend.StatementKey;
import dev.cutover.proxy.backend.UnnamedStatement;
import dev.cutover.proxy.reply.SentText;
import dev.cutover.proxy.route.DescribedStatement;
import dev.cutover.proxy.route.Route;
import dev.cutover.proxy.session.state.ClientEncoding;
import dev.cutover.proxy.session.state.Deallocation;
import dev.cutover.proxy.session.state.SessionSettings;
import dev.cutover.proxy.session.state.SettingTexts;
import dev.cutover.proxy.session.state.ToldParameters;
import dev.cutover.proxy.wire.RowShape;
import dev.cutover.proxy.wire.Strings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A statement that a client has prepared, by its own name. Which text a backend has for it depends on the route and on
 * whether the transaction may mirror: each such text is a {@link Variant}.
 */
public final class ClientStatement {
    private static final byte[] UNNAMED = {};
    /** What a statement takes beside its texts. */
    private static final long OVERHEAD = 256;

    private final String name;
    private final byte[] text;
    private final Charset charset;
    private final ClientEncoding encoding;
    private final byte[] parameterTypes;
    private final boolean opaque;
    private final SessionSettings settings;
    private final boolean ofItsSession;
    private final boolean readable;
    private final boolean literal;
    private final long footprint;
    private final @Nullable String shown;

    /** The unnamed statement that this one takes the place of, while it is not known whether it does. */
    private @Nullable ClientStatement replaced;

    private boolean skipped;
    private boolean failed;

    /** What a backend has prepared before this time, by {@link System#nanoTime}, is not what the client has prepared. */
    private long preparedAsOf;

    /** Whether no backend has parsed it for this client: one had it already. */
    private boolean found;

    /** What the client knows of its result; null if it has not asked. */
    private @Nullable RowShape told;

    private @Nullable Route toldUnder;
    private long toldAsOf;
    private boolean relied;

    private @Nullable Route plannedFor;
    private StatementPlan plan;
    private String searchPath = "";
    private @Nullable String translation;
    private @Nullable Variant original;
    private @Nullable Variant mirrored;

    /**
     * A Parse message.
     *
     * @param opaque whether it was too long to be planned; it lives under its own name on a pinned backend
     */
    public record ClientParse(
            String name, byte[] text, ClientEncoding encoding, byte[] parameterTypes, boolean opaque) {}

    /**
     * What the text means in the session that prepares it.
     *
     * @param preparedAsOf when the tenant's schema changed last
     * @param shadowed whether names may mean something else in this session than in others
     * @param literal whether the schemas that it names mean themselves, under every route
     */
    public record Meaning(Route route, StatementPlan plan, long preparedAsOf, boolean shadowed, boolean literal) {}

    /** @param replaced the unnamed statement that it takes the place of */
    public ClientStatement(
            ClientParse parse, Meaning meaning, SessionSettings settings, @Nullable ClientStatement replaced) {
        this.settings = settings;
        this.preparedAsOf = meaning.preparedAsOf();
        this.name = parse.name();
        this.text = parse.text();
        this.encoding = parse.encoding();
        this.charset = encoding.text();
        this.parameterTypes = parse.parameterTypes();
        this.opaque = parse.opaque();
        this.plannedFor = meaning.route();
        this.plan = meaning.plan();
        this.literal = meaning.literal();
        this.replaced = replaced;
        this.shown = ToldParameters.single(plan);
        String sql = new String(text, charset);
        this.ofItsSession = meaning.shadowed() || namesSessionObject(plan, sql);
        this.readable = ClientEncoding.readable(sql);
        this.translation = replacement(meaning.route());
        this.footprint = OVERHEAD
                + text.length
                + parameterTypes.length
                + (plan.rewrite() instanceof Rewrite.Mirrored rewrite
                        ? 2L * rewrite.sql().length()
                        : 0);
    }

    /** About how many bytes of memory it takes. */
    public long footprint() {
        return footprint;
    }

    public String name() {
        return name;
    }

    public boolean named() {
        return !name.isEmpty();
    }

    /** The Parse has been answered, so nothing before it can come back. */
    public void settled() {
        replaced = null;
    }

    /** The Parse has been answered by an error. */
    void failed() {
        settled();
        failed = true;
    }

    /** Whether its Parse has failed or was never run. */
    boolean neverWas() {
        return failed || skipped;
    }

    /**
     * The Parse was never run.
     *
     * @return the unnamed statement that is still there; null if there is none
     */
    @Nullable ClientStatement skipped() {
        skipped = true;
        ClientStatement survivor = replaced;
        while (survivor != null && survivor.skipped) {
            survivor = survivor.replaced;
        }
        return survivor;
    }

    /** The parameter of the proxy's own that it asks for by SHOW; null if it is anything else. */
    public @Nullable String shown() {
        return shown;
    }

    public boolean opaque() {
        return opaque;
    }

    /** Whether a backend is sent what the client wrote, byte for byte. */
    public boolean verbatim(Variant variant) {
        return variant.text() == text;
    }

    /** {@link ClientEncoding#readable} of its text. */
    public boolean readable() {
        return readable;
    }

    /** Decodes the text again. */
    public String sql() {
        return new String(text, charset);
    }

    /**
     * The plan under a route; made again when the planner is another one, or a table has fallen back or come back.
     *
     * @param schemaChangedAt when the tenant's schema changed last
     */
    public StatementPlan plan(Route route, long schemaChangedAt) {
        boolean fellBack = plan.generation() != null
                && plan.generation() != route.planner().generation();
        if (plannedFor != route || fellBack) {
            if (plannedFor != route) {
                preparedAsOf = schemaChangedAt;
            }
            if (!opaque && (fellBack || plannedFor == null || plannedFor.planner() != route.planner())) {
                plan = route.planner(literal).plan(sql());
                original = null;
                mirrored = null;
            }
            translate(route);
            plannedFor = route;
        }
        return plan;
    }

    private @Nullable String replacement(Route route) {
        return Deallocation.single(plan) ? Deallocation.DOES_NOTHING : SettingTexts.single(route, plan, settings);
    }

    private void translate(Route route) {
        String now = replacement(route);
        if (!Objects.equals(now, translation)) {
            translation = now;
            original = null;
        }
    }

    /** The text that a backend must have prepared. To be asked for after {@link #plan}. */
    public Variant variant(boolean mirror, String currentSearchPath) {
        if (!currentSearchPath.equals(searchPath)) {
            searchPath = currentSearchPath;
            original = null;
            mirrored = null;
        }
        if (mirror && plan.rewrite() instanceof Rewrite.Mirrored rewrite) {
            Variant known = mirrored;
            if (known == null) {
                known = make(rewrite.sql().getBytes(charset), rewrite);
                mirrored = known;
            }
            return known;
        }
        Variant known = original;
        if (known == null) {
            known = make(unmirrored(), null);
            original = known;
        }
        return known;
    }

    private byte[] unmirrored() {
        if (translation != null) {
            return translation.getBytes(charset);
        }
        return plan.translation() == null ? text : plan.translation().sql().getBytes(charset);
    }

    private Variant make(byte[] finalText, Rewrite.@Nullable Mirrored rewrite) {
        StatementKey key = named() && !opaque ? key(finalText) : null;
        byte[] serverName = key != null ? key.serverName() : named() ? Strings.bytes(name) : UNNAMED;
        return new Variant(this, plan, finalText, serverName, key, rewrite, sent(rewrite));
    }

    /** What is sent in place of the client's text; null if that is sent as it is, or a command that does nothing else. */
    private @Nullable SentText sent(Rewrite.@Nullable Mirrored rewrite) {
        if (rewrite != null) {
            return SentText.mirrored(rewrite, sql());
        }
        return plan.translation() == null ? null : SentText.translated(plan.translation(), sql());
    }

    private StatementKey key(byte[] finalText) {
        return ofItsSession
                ? StatementKey.unshared(finalText, parameterTypes)
                // The same bytes are another text in another encoding.
                : StatementKey.of(
                        finalText,
                        parameterTypes,
                        encoding.equals(ClientEncoding.UTF8) ? searchPath : encoding.name() + ' ' + searchPath);
    }

    /** Whether the statement's result is that of something that only its session has: a cursor, or what PREPARE made. */
    private static boolean namesSessionObject(StatementPlan plan, String sql) {
        List<Statement> statements = plan.text().statements();
        return !statements.isEmpty()
                && Stream.of("EXECUTE", "FETCH", "MOVE")
                        .anyMatch(verb ->
                                sql.regionMatches(true, statements.get(0).start(), verb, 0, verb.length()));
    }

    public long preparedAsOf() {
        return preparedAsOf;
    }

    /** A backend had it already when the client prepared it. */
    public void found() {
        found = true;
    }

    public boolean wasFound() {
        return found;
    }

    /** The client is sent what the statement's result looks like. */
    public void told(RowShape shape, Route route, long schemaChangedAt) {
        told = shape;
        toldUnder = route;
        toldAsOf = schemaChangedAt;
    }

    /** What it was told still holds. */
    public void confirmed(long schemaChangedAt) {
        toldAsOf = schemaChangedAt;
    }

    /** Whether the client knows the result as it is since that change of the schema. */
    public boolean toldAsOf(long schemaChangedAt) {
        return told != null && toldAsOf == schemaChangedAt;
    }

    /** Whether the client was sent the result before the schema changed. */
    public boolean inDoubt(long schemaChangedAt) {
        return told != null && toldAsOf != schemaChangedAt && !opaque;
    }

    /** The client takes the shape of the rows from a description of the statement, and not of each portal. */
    public void reliedOn() {
        relied = true;
    }

    /** Whether its next execution fails if its result is another one by then. */
    boolean mustKeepItsShape() {
        return relied && told != null && told != RowShape.NO_ROWS;
    }

    public @Nullable RowShape told() {
        return told;
    }

    public @Nullable Route toldUnder() {
        return toldUnder;
    }

    /** As an operator's tools see it. */
    DescribedStatement view() {
        ByteBuf types = Unpooled.wrappedBuffer(parameterTypes);
        List<Long> oids = new ArrayList<>();
        for (int left = types.readUnsignedShort(); left > 0 && types.isReadable(4); left--) {
            oids.add(types.readUnsignedInt());
        }
        return new DescribedStatement(sql(), oids);
    }

    public byte[] parameterTypes() {
        return parameterTypes;
    }

    /**
     * A prepared statement as it is on a backend.
     *
     * @param key null for the unnamed statement, which no session shares
     * @param sent what the server is sent in place of the client's text, where its replies must be turned into those to that text
     */
    public record Variant(
            ClientStatement statement,
            StatementPlan plan,
            byte[] text,
            byte[] serverName,
            @Nullable StatementKey key,
            Rewrite.@Nullable Mirrored rewrite,
            @Nullable SentText sent)
            implements UnnamedStatement {}
}
