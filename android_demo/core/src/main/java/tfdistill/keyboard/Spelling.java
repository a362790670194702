package tfdistill.keyboard;

import java.text.Normalizer;
import java.util.Locale;

/** How a text is spelled before it is looked up: canonical form, key, word characters. */
public final class Spelling {
    private Spelling() {}

    /** Returns NFC with one kind of apostrophe and quote, without control and format characters. */
    public static String canonical(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        StringBuilder result = new StringBuilder(composed.length());
        int step;
        for (int at = 0; at < composed.length(); at += step) {
            int codePoint = composed.codePointAt(at);
            step = Character.charCount(codePoint);
            append(result, codePoint);
        }
        return result.toString();
    }

    private static void append(StringBuilder result, int codePoint) {
        switch (codePoint) {
            case 0x2018:
            case 0x2019:
            case 0x02BC:
                result.append('\'');
                return;
            case 0x201C:
            case 0x201D:
                result.append('"');
                return;
            case 0x2026:
                result.append("...");
                return;
            default:
                appendByCategory(result, codePoint);
        }
    }

    private static void appendByCategory(StringBuilder result, int codePoint) {
        switch (Character.getType(codePoint)) {
            case Character.CONTROL:
                result.append(' ');
                return;
            case Character.FORMAT:
            case Character.SURROGATE:
            case Character.UNASSIGNED:
                return;
            default:
                result.appendCodePoint(codePoint);
        }
    }

    /** Returns the canonical form in lower case, by which words are compared. */
    public static String key(String text) {
        return canonical(text).toLowerCase(Locale.ROOT);
    }

    /** Tells whether a code point has a category that begins with L. */
    public static boolean isLetter(int codePoint) {
        switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER:
            case Character.LOWERCASE_LETTER:
            case Character.TITLECASE_LETTER:
            case Character.MODIFIER_LETTER:
            case Character.OTHER_LETTER:
                return true;
            default:
                return false;
        }
    }

    /** Tells whether a code point has a category that begins with L or N. */
    public static boolean isWordCharacter(int codePoint) {
        switch (Character.getType(codePoint)) {
            case Character.DECIMAL_DIGIT_NUMBER:
            case Character.LETTER_NUMBER:
            case Character.OTHER_NUMBER:
                return true;
            default:
                return isLetter(codePoint);
        }
    }

    /** Tells whether a code point of a canonical text may stand between two of a word's. */
    public static boolean isJoiner(int codePoint) {
        return codePoint == '\'' || codePoint == '-';
    }

    /** Tells whether a code point separates: categories Zs, Zl and Zp. */
    public static boolean isSpace(int codePoint) {
        switch (Character.getType(codePoint)) {
            case Character.SPACE_SEPARATOR:
            case Character.LINE_SEPARATOR:
            case Character.PARAGRAPH_SEPARATOR:
                return true;
            default:
                return false;
        }
    }
}
