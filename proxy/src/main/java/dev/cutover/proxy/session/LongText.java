// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session;

import dev.cutover.dualwrite.analyze.keyword.LongTextScan;
import dev.cutover.dualwrite.analyze.statement.Intent.SessionEffect;
import dev.cutover.proxy.session.state.Pins;
import dev.cutover.proxy.session.state.TransactionTracker;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** A text that is too long to be analysed, on its way to the backend. It pins its session for longer only if it can leave state. */
final class LongText {
    private final Pins pins;
    private final TransactionTracker transaction;
    private @Nullable LongTextScan scan;

    LongText(Pins pins, TransactionTracker transaction) {
        this.pins = pins;
        this.transaction = transaction;
    }

    /**
     * The text begins; what is here of it lies between these places.
     *
     * @param lexesAlike {@link SessionContext#lexesAlike}
     */
    void begin(boolean lexesAlike, ByteBuf in, int start, int end) {
        pins.passedUnread();
        transaction.runningUserCode();
        if (lexesAlike) {
            scan = new LongTextScan();
            read(scan, in, start, end);
        } else {
            pins.pin(SessionEffect.UNKNOWN);
        }
    }

    /** More of a long message, which may be another one than a text. */
    void chunk(ByteBuf in, int start, int length, boolean last) {
        LongTextScan reading = scan;
        if (reading != null) {
            read(reading, in, start, start + length);
        }
        if (last) {
            finish();
        }
    }

    private void read(LongTextScan reading, ByteBuf in, int start, int end) {
        for (int i = start; i < end; i++) {
            byte next = in.getByte(i);
            if (next == 0) {
                // Behind the text of a Parse come its parameters' types.
                finish();
                return;
            }
            reading.next(next & 0xff);
        }
    }

    private void finish() {
        if (scan != null && scan.leavesState()) {
            pins.pin(SessionEffect.UNKNOWN);
        }
        scan = null;
    }
}
