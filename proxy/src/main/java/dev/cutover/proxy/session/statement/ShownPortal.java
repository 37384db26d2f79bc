// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.statement;

import dev.cutover.proxy.wire.ShowReply;
import io.netty.buffer.ByteBuf;
import java.nio.charset.Charset;

/** A portal of a SHOW that the proxy answers. No backend has it. */
public final class ShownPortal {
    private final String parameter;
    private final byte[] value;
    private final short format;
    private boolean fetched;

    /** @param format of the column: 0 for text, 1 for binary, which for a text are the same bytes */
    public ShownPortal(String parameter, String value, Charset charset, short format) {
        this.parameter = parameter;
        this.value = value.getBytes(charset);
        this.format = format;
    }

    /** Answers Describe. */
    public void describe(ByteBuf out) {
        ShowReply.description(out, parameter, format);
    }

    /** Answers Execute: by the row the first time. */
    public void execute(ByteBuf out) {
        if (!fetched) {
            ShowReply.row(out, value);
            fetched = true;
        }
        ShowReply.complete(out);
    }
}
