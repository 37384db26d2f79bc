// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.proxy.backend.BackendConnection;
import dev.cutover.proxy.backend.ServerParameters;
import dev.cutover.proxy.route.Route;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;
import org.jspecify.annotations.Nullable;

/**
 * What the client has been told, and how its texts are read by it: by that encoding and those settings. Belongs to the session's event
 * loop.
 */
public final class ClientTexts {
    private static final String CONFORMING_STRINGS = "standard_conforming_strings";

    private final SessionSettings settings;
    private final TransactionTracker transaction;
    private final ServerParameters loginParameters;

    private ServerParameters told;
    private @Nullable Route toldRoute;
    private ClientEncoding encoding = ClientEncoding.UTF8;
    private boolean conformingStrings = true;

    /** @param told what the client was sent at its login */
    public ClientTexts(SessionSettings settings, TransactionTracker transaction, ServerParameters told) {
        this.settings = settings;
        this.transaction = transaction;
        this.loginParameters = told;
        this.told = told;
        encoding(told);
    }

    /** What the client was sent at its login. */
    public ServerParameters loginParameters() {
        return loginParameters;
    }

    /** What the client has been told by ParameterStatus. */
    public ServerParameters told() {
        return told;
    }

    public void told(ServerParameters parameters) {
        told = parameters;
        encoding(parameters);
    }

    /** The route that the client has been told of; null before its login has ended. */
    public @Nullable Route toldRoute() {
        return toldRoute;
    }

    public void toldRoute(Route route) {
        toldRoute = route;
    }

    /** How to read the client's texts: bytes that are not UTF-8 must come out again as they went in. */
    public Charset charset() {
        return encoding.text();
    }

    public ClientEncoding encoding() {
        return encoding;
    }

    /**
     * Whether the server splits any text into tokens as the analysis does: {@code standard_conforming_strings} is on, the
     * encoding does not hide ASCII, and nothing that has been sent may change either.
     */
    public boolean lexesAlike(BackendConnection backend) {
        return conformingStrings
                && !encoding.hidesAscii()
                && !transaction.lexingMayChange()
                && (settings.current(CONFORMING_STRINGS) != null || isOn(backend.initialParameters()));
    }

    /** Whether the server splits this text as the analysis does: any text, or one without what is read in several ways. */
    public boolean analysable(BackendConnection backend, ByteBuf in, int start, int end) {
        return lexesAlike(backend)
                || isReadAlike(in, start, end, encoding.hidesAscii() || transaction.lexingMayChange());
    }

    /**
     * Whether a text has the same tokens whatever {@code standard_conforming_strings} is: only a backslash in front of a quote
     * makes a difference to where a string ends.
     *
     * @param ascii whether it must also have the same tokens in every encoding
     */
    private static boolean isReadAlike(ByteBuf in, int start, int end, boolean ascii) {
        byte last = 0;
        for (int i = start; i < end; i++) {
            byte next = in.getByte(i);
            if (ascii && next < 0 || next == '\'' && last == '\\') {
                return false;
            }
            last = next;
        }
        return true;
    }

    private void encoding(ServerParameters parameters) {
        encoding = ClientEncoding.of(parameters);
        conformingStrings = isOn(parameters);
        settings.encoding(encoding);
    }

    private static boolean isOn(ServerParameters parameters) {
        return !"off".equals(parameters.get(CONFORMING_STRINGS));
    }
}
