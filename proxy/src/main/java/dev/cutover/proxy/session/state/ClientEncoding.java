// SPDX-License-Identifier: Apache-2.0
package dev.cutover.proxy.session.state;

import dev.cutover.proxy.backend.ServerParameters;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A {@code client_encoding}, and how the proxy reads texts in it.
 *
 * @param name as the server reports it
 * @param text for the client's texts. Every byte must come out as it went in, so this is not always the encoding itself
 * @param names for texts of the proxy's own; what the server takes the bytes for
 * @param hidesAscii whether a byte of a longer character can look like a quote or a backslash
 */
public record ClientEncoding(String name, Charset text, Charset names, boolean hidesAscii) {
    public static final ClientEncoding UTF8 = of("UTF8");

    private static final char REPLACEMENT = '\uFFFD';

    private static final Set<String> HIDING_ASCII =
            Set.of("SJIS", "BIG5", "GBK", "UHC", "GB18030", "JOHAB", "SHIFT_JIS_2004");

    /** The names that Java has for single-byte encodings. Others are read byte by byte. */
    private static final Map<String, String> JAVA = Map.ofEntries(
            Map.entry("LATIN2", "ISO-8859-2"),
            Map.entry("LATIN3", "ISO-8859-3"),
            Map.entry("LATIN4", "ISO-8859-4"),
            Map.entry("LATIN5", "ISO-8859-9"),
            Map.entry("LATIN7", "ISO-8859-13"),
            Map.entry("LATIN9", "ISO-8859-15"),
            Map.entry("ISO_8859_5", "ISO-8859-5"),
            Map.entry("ISO_8859_6", "ISO-8859-6"),
            Map.entry("ISO_8859_7", "ISO-8859-7"),
            Map.entry("ISO_8859_8", "ISO-8859-8"),
            Map.entry("WIN1250", "windows-1250"),
            Map.entry("WIN1251", "windows-1251"),
            Map.entry("WIN1252", "windows-1252"),
            Map.entry("WIN1253", "windows-1253"),
            Map.entry("WIN1254", "windows-1254"),
            Map.entry("WIN1255", "windows-1255"),
            Map.entry("WIN1256", "windows-1256"),
            Map.entry("WIN1257", "windows-1257"),
            Map.entry("WIN1258", "windows-1258"),
            Map.entry("WIN866", "IBM866"),
            Map.entry("KOI8R", "KOI8-R"),
            Map.entry("KOI8U", "KOI8-U"));

    static ClientEncoding of(ServerParameters parameters) {
        String name = parameters.get("client_encoding");
        return name == null ? UTF8 : of(name.toUpperCase(Locale.ROOT));
    }

    private static ClientEncoding of(String name) {
        if (name.equals("UTF8")) {
            return new ClientEncoding(name, StandardCharsets.UTF_8, StandardCharsets.UTF_8, false);
        }
        String java = JAVA.get(name);
        Charset names =
                java == null || !Charset.isSupported(java) ? StandardCharsets.ISO_8859_1 : Charset.forName(java);
        return new ClientEncoding(name, StandardCharsets.ISO_8859_1, names, HIDING_ASCII.contains(name));
    }

    /** Whether a text of the client and a name of the proxy's can stand in one text. */
    public boolean writesNames() {
        return text.equals(StandardCharsets.UTF_8) || name.equals("LATIN1");
    }

    /** What a part of the client's text says. */
    String meaning(String part) {
        return text.equals(names) || isAscii(part) ? part : new String(part.getBytes(text), names);
    }

    /** Whether a text that was decoded was UTF-8: bytes that are not would not come out as they went in. The server refuses them. */
    public static boolean readable(String sql) {
        return sql.indexOf(REPLACEMENT) < 0;
    }

    /** Whether a text is read alike in every encoding. */
    static boolean isAscii(@Nullable String sql) {
        return sql == null || sql.chars().allMatch(c -> c < 0x80);
    }
}
