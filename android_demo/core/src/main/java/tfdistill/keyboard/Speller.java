package tfdistill.keyboard;

import java.util.Locale;

/** Spells a candidate as it is shown. */
final class Speller {
    private final String prefix;
    private final int keyLength;
    private final boolean isShouted;
    private final boolean isCapital;

    Speller(String prefix, String key, boolean beginsSentence) {
        this.prefix = prefix;
        keyLength = key.codePointCount(0, key.length());
        isShouted = isShouted(prefix);
        isCapital = beginsSentence && prefix.isEmpty();
    }

    /** Tells whether a text has two letters or more, all of them upper case. */
    private static boolean isShouted(String text) {
        int letters = 0;
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            int codePoint = text.codePointAt(at);
            if (Spelling.isLetter(codePoint)) {
                if (!Character.isUpperCase(codePoint)) {
                    return false;
                }
                letters++;
            }
        }
        return letters >= 2;
    }

    String spell(String word) {
        int typed = Math.min(keyLength, word.codePointCount(0, word.length()));
        String rest = word.substring(word.offsetByCodePoints(0, typed));
        if (isCapital) {
            return capital(word);
        }
        return prefix + (isShouted ? rest.toUpperCase(Locale.ROOT) : rest);
    }

    private static String capital(String word) {
        int end = word.offsetByCodePoints(0, 1);
        String first = word.substring(0, end).toUpperCase(Locale.ROOT);
        boolean isOne = first.codePointCount(0, first.length()) == 1;
        return isOne ? first + word.substring(end) : word;
    }
}
