package tfdistill.keyboard;

import java.util.Arrays;
import java.util.Locale;

/** Turns the text before the cursor into ids: docs/keyboard.md, "Text becomes ids". */
public final class Tokenizer {
    private static final int LONGEST_TEXT = 256;

    private final Vocabulary vocabulary;
    private final int largest;

    /**
     * Takes the words that are known.
     *
     * @param largest the model's largest length: how many ids there may be, [START] included
     */
    public Tokenizer(Vocabulary vocabulary, int largest) {
        this.vocabulary = vocabulary;
        this.largest = largest;
    }

    /** Returns [START] and the last ids of a text's last line, without padding. */
    public int[] ids(String text) {
        Ids ids = new Ids();
        String canonical = Spelling.canonical(lastLine(text));
        int at = 0;
        while (at < canonical.length()) {
            int codePoint = canonical.codePointAt(at);
            int end = endOfWord(canonical, at);
            if (end > at) {
                ids.word(canonical.substring(at, end));
            } else {
                end = at + Character.charCount(codePoint);
                ids.sign(codePoint, canonical.substring(at, end));
            }
            at = end;
        }
        return ids.last(largest - 1);
    }

    private static String lastLine(String text) {
        int start = text.lastIndexOf('\n') + 1;
        if (text.codePointCount(start, text.length()) > LONGEST_TEXT) {
            start = text.offsetByCodePoints(text.length(), -LONGEST_TEXT);
        }
        return text.substring(start);
    }

    /** Returns where the word that begins at "at" ends, or "at" if none begins there. */
    private static int endOfWord(String text, int at) {
        int end = at;
        int next = at;
        while (next < text.length()) {
            int codePoint = text.codePointAt(next);
            boolean isWord = Spelling.isWordCharacter(codePoint);
            if (!isWord && !(next == end && next > at && Spelling.isJoiner(codePoint))) {
                break;
            }
            next += Character.charCount(codePoint);
            end = isWord ? next : end;
        }
        return end;
    }

    /** Collects the ids of one text. */
    private final class Ids {
        private int[] ids = new int[64];
        private int count;

        void word(String word) {
            add(hasLetter(word) ? vocabulary.id(word.toLowerCase(Locale.ROOT)) : Vocabulary.NUMBER);
        }

        /** Leaves out white space, and a sign that follows itself. */
        void sign(int codePoint, String sign) {
            int id = vocabulary.id(sign.toLowerCase(Locale.ROOT));
            if (!Spelling.isSpace(codePoint) && (count == 0 || ids[count - 1] != id)) {
                add(id);
            }
        }

        private void add(int id) {
            if (count == ids.length) {
                ids = Arrays.copyOf(ids, 2 * count);
            }
            ids[count++] = id;
        }

        int[] last(int most) {
            int kept = Math.min(count, most);
            int[] result = new int[kept + 1];
            result[0] = Vocabulary.START;
            System.arraycopy(ids, count - kept, result, 1, kept);
            return result;
        }
    }

    private static boolean hasLetter(String word) {
        for (int at = 0; at < word.length(); at += Character.charCount(word.codePointAt(at))) {
            if (Spelling.isLetter(word.codePointAt(at))) {
                return true;
            }
        }
        return false;
    }
}
