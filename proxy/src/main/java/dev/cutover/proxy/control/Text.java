package dev.cutover.proxy.control;

/** Making one-line messages for operators. */
final class Text {
    private Text() {}

    /** The first line that says anything of an exception's message. */
    static String firstLine(Throwable e) {
        String message = e.getMessage();
        if (message == null) {
            return e.getClass().getSimpleName();
        }
        return message.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty())
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }
}
