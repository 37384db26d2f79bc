// SPDX-License-Identifier: Apache-2.0
package dev.cutover.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages are in plain technical English: short sentences, and none of the phrases that a reader stumbles over. */
class PlainLanguageTest {
    private static final Path ROOT = Path.of("..");
    private static final int LONGEST_SENTENCE = 25;

    private static final Pattern BANNED = Pattern.compile(
            "\\b(go(es)? on|get(s)? on|at work|(is|are) told|mend(s|ed)?|anew|by (itself|themselves)|so many|likewise|whoever"
                    + "|takes away|stands? in the way|what becomes of|have it go)\\b");

    private static final Pattern CODE = Pattern.compile("`[^`]*`");
    private static final Pattern LINK = Pattern.compile("\\[([^\\]]*)\\]\\([^)]*\\)");
    private static final Pattern ITEM = Pattern.compile("^\\s*([-*]|\\d+\\.)\\s+");
    private static final Pattern END = Pattern.compile("(?<=[.!?:;])\\s+");

    /** All but the decisions, which are of their day, and the page that the benchmarks write. */
    static Stream<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>(
                List.of(ROOT.resolve("README.md"), ROOT.resolve("CONTRIBUTING.md"), ROOT.resolve("SECURITY.md")));
        try (Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md") && !page.endsWith("benchmarks.md"))
                    .forEach(pages::add);
        }
        return pages.stream();
    }

    @ParameterizedTest
    @MethodSource("pages")
    void sentencesAreShort(Path page) throws IOException {
        List<String> tooLong = paragraphs(page).stream()
                .map(paragraph ->
                        LINK.matcher(CODE.matcher(paragraph).replaceAll("code")).replaceAll("$1"))
                .flatMap(paragraph -> Stream.of(END.split(paragraph)))
                .filter(sentence -> sentence.trim().split("\\s+").length > LONGEST_SENTENCE)
                .toList();

        assertEquals(List.of(), tooLong);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void noPhraseReadsLikeATranslation(Path page) throws IOException {
        List<String> stumbling = Files.readAllLines(page).stream()
                .filter(line -> BANNED.matcher(
                                CODE.matcher(line.toLowerCase(Locale.ROOT)).replaceAll(""))
                        .find())
                .toList();

        assertEquals(List.of(), stumbling);
    }

    /** Running text: no code, no tables, no headings; each item of a list is a paragraph. */
    private static List<String> paragraphs(Path page) throws IOException {
        List<String> paragraphs = new ArrayList<>();
        StringBuilder paragraph = new StringBuilder();
        boolean code = false;
        for (String line : Files.readAllLines(page)) {
            code ^= line.strip().startsWith("```");
            boolean text = !code
                    && !line.isBlank()
                    && !line.strip().startsWith("|")
                    && !line.startsWith("#")
                    && !line.strip().startsWith("```")
                    && !line.startsWith("    ");
            if (!text || ITEM.matcher(line).find()) {
                paragraphs.add(paragraph.toString());
                paragraph.setLength(0);
            }
            if (text) {
                paragraph.append(ITEM.matcher(line).replaceFirst("")).append(' ');
            }
        }
        paragraphs.add(paragraph.toString());
        return paragraphs;
    }
}
