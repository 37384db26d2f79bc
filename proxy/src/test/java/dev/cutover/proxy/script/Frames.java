// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.script;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/** Cuts what comes into frames: a type and a body. A client's first packet has no type. */
final class Frames extends ByteToMessageDecoder {
    /** @param type 0 for a startup packet */
    record Frame(char type, ByteBuf body) {}

    private boolean startup;

    /** @param startup whether a startup packet comes first */
    Frames(boolean startup) {
        this.startup = startup;
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) {
        int header = startup ? 0 : 1;
        if (in.readableBytes() < header + Integer.BYTES) {
            return;
        }
        int length = in.getInt(in.readerIndex() + header);
        if (in.readableBytes() < header + length) {
            return;
        }
        char type = startup ? 0 : (char) in.readByte();
        in.skipBytes(Integer.BYTES);
        startup = false;
        out.add(new Frame(type, in.readRetainedSlice(length - Integer.BYTES)));
    }
}
