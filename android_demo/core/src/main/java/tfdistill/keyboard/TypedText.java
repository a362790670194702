package tfdistill.keyboard;

/** The text before the cursor, cut where the word begins that is being typed. */
public final class TypedText {
    /** Characters, in UTF-16, that {@link #goesOn} reads: two code points. */
    public static final int LOOK_AHEAD = 4;

    /** What stands before the word. */
    public final String context;
    /** The word's letters so far; empty after a space or a sign. */
    public final String prefix;

    private TypedText(String context, String prefix) {
        this.context = context;
        this.prefix = prefix;
    }

    /** Cuts a text before its last word, by the same rule that the tokenizer follows. */
    public static TypedText of(String beforeCursor) {
        int start = beforeCursor.length();
        boolean isAfterJoiner = false;
        int at = start;
        while (at > 0) {
            int codePoint = beforeCursor.codePointBefore(at);
            boolean isJoiner = isJoiner(codePoint);
            if (isJoiner ? isAfterJoiner : !isInside(codePoint)) {
                break;
            }
            at -= Character.charCount(codePoint);
            // A word does not begin with an apostrophe.
            start = Spelling.isWordCharacter(codePoint) ? at : start;
            isAfterJoiner = isJoiner;
        }
        return new TypedText(beforeCursor.substring(0, start), beforeCursor.substring(start));
    }

    /**
     * Tells whether the word before the cursor goes on behind it, so that nothing can complete it.
     *
     * @param afterCursor what follows; {@link #LOOK_AHEAD} characters are enough.
     */
    public boolean goesOn(String afterCursor) {
        if (prefix.isEmpty() || afterCursor.isEmpty()) {
            return false;
        }
        int next = afterCursor.codePointAt(0);
        int second = Character.charCount(next);
        return isInside(next) || isJoiner(next) && second < afterCursor.length()
                && Spelling.isWordCharacter(afterCursor.codePointAt(second));
    }

    private static boolean isJoiner(int codePoint) {
        switch (codePoint) {
            case 0x2018:
            case 0x2019:
            case 0x02BC:
                return true;
            default:
                return Spelling.isJoiner(codePoint);
        }
    }

    /** Tells whether a code point may be inside a word: accents may be typed on their own. */
    private static boolean isInside(int codePoint) {
        int category = Character.getType(codePoint);
        return category == Character.NON_SPACING_MARK || category == Character.FORMAT
                || Spelling.isWordCharacter(codePoint);
    }
}
