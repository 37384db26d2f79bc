// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.testing;

import java.util.Arrays;
import java.util.Random;

/** Spoils bytes: flips, cuts, repeats, inserts, and lengths that lie. */
public final class Mutation {
    private static final int[] LENGTHS = {-1, 0, 3, 4, 5, 8, 0x7fffffff, 0x80000000, 0x3fffffff, 65_536};

    private final Random random;

    public Mutation(Random random) {
        this.random = random;
    }

    public byte[] of(byte[] original) {
        byte[] bytes = original.clone();
        for (int times = 1 + random.nextInt(3); times > 0 && bytes.length > 0; times--) {
            bytes = once(bytes);
        }
        return bytes;
    }

    private byte[] once(byte[] bytes) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(6)) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 3 -> {
                byte[] longer = Arrays.copyOf(bytes, bytes.length + at);
                System.arraycopy(bytes, 0, longer, bytes.length, at);
                return longer;
            }
            case 4 -> {
                byte[] longer = new byte[bytes.length + 1];
                System.arraycopy(bytes, 0, longer, 0, at);
                longer[at] = (byte) random.nextInt();
                System.arraycopy(bytes, at, longer, at + 1, bytes.length - at);
                return longer;
            }
            default -> {
                byte[] length = RawClient.int32(LENGTHS[random.nextInt(LENGTHS.length)]);
                System.arraycopy(length, 0, bytes, at, Math.min(4, bytes.length - at));
            }
        }
        return bytes;
    }
}
