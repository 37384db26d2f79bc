package dev.cutover.dualwrite.analyze;

/** Takes an INSERT, UPDATE or DELETE apart: the second, dearer step of analysis. */
@FunctionalInterface
public interface WriteParser {

    /** Where nothing is mirrored nobody needs a write's structure. */
    WriteParser NONE = (text, start, end) -> new Intent.Opaque("a write, not taken apart while nothing is mirrored");

    /**
     * Parses the statement that stands in {@code text} from {@code start} to {@code end}, without a semicolon.
     *
     * @return a {@link Intent.Write}, or {@link Intent.Opaque} with the reason why it cannot be one
     */
    Intent parse(String text, int start, int end);
}
