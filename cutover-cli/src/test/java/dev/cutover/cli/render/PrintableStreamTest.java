// SPDX-License-Identifier: Apache-2.0
package dev.cutover.cli.render;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.cutover.config.adminapi.RefusedRows;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrintableStreamTest {
    @ParameterizedTest
    @CsvSource({
        "x\u001b[31m,x\\u001b[31m",
        "\u009b31m,\\u009b31m",
        "a\rb,a\\u000db",
        "\u202egnp.exe,\\u202egnp.exe",
        "\u2028x,\\u2028x",
        "né 😀,né 😀"
    })
    void whatATerminalWouldObeyIsShown(String hostile, String shown) {
        assertEquals(shown, PrintableStream.escape(hostile));
        assertEquals(shown + "\n", printed(out -> out.println(hostile)));
        assertEquals(shown, printed(out -> out.printf("%s", hostile)));
        assertEquals(shown, printed(out -> out.append(hostile)));
        assertEquals(shown + "\n", printed(out -> out.println((Object) hostile)));
    }

    @Test
    void linesAndTabsStay() {
        assertEquals("a\tb\nc", printed(out -> out.print("a\tb\nc")));
    }

    @Test
    void jsonKeepsItsMeaning() {
        assertEquals(
                "{\"a\":\"\\u009b\\u202e\"}\n",
                printed(out -> JsonPrinter.line(out, java.util.Map.of("a", "\u009b\u202e"))));
    }

    @Test
    void aRefusedRowsErrorCannotReachTheTerminal() {
        RefusedRows rows = new RefusedRows(
                "acme",
                1,
                List.of(new RefusedRows.Row(
                        "t", "[\"\u001b]0;x\u0007\"]", "23514", "\u001b[2J", Instant.EPOCH, 1, null)));

        assertEquals(-1, printed(out -> TextPrinter.ledger(out, rows)).indexOf('\u001b'));
    }

    private static String printed(Consumer<PrintableStream> print) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        print.accept(new PrintableStream(bytes));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
