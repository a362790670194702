package tfdistill.keyboard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The words of words.txt, which the vocabulary lacks, and how rare each is. */
public final class WordList {
    private static final int MOST = '~' - '0';

    final WordIndex index;
    private final int[] rarities;

    private WordList(List<String> words, int[] rarities) {
        this.index = new WordIndex(words);
        this.rarities = rarities;
    }

    /** Reads the lines of docs/keyboard.md: rarity, what the line before has as well, the rest. */
    public static WordList of(List<String> lines) throws RefusedModelException {
        List<String> words = new ArrayList<String>(lines.size());
        int[] rarities = new int[lines.size()];
        String last = "";
        for (int line = 0; line < rarities.length; line++) {
            String text = lines.get(line);
            int rarity = number(text, 0);
            int shared = number(text, 1);
            if (rarity < 0 || shared < 0 || shared > last.codePointCount(0, last.length())
                    || text.length() < 3) {
                throw new RefusedModelException("words.txt, line " + (line + 1) + ": expected how "
                        + "rare the word is, how much of the line before it begins with, and the "
                        + "rest of it, found \"" + text + "\"");
            }
            last = last.substring(0, last.offsetByCodePoints(0, shared)) + text.substring(2);
            words.add(last);
            rarities[line] = rarity;
        }
        return new WordList(words, rarities);
    }

    private static int number(String text, int at) {
        int found = at < text.length() ? text.charAt(at) - '0' : -1;
        return found <= MOST ? found : -1;
    }

    static WordList read(ModelFolder folder) throws IOException {
        return of(Bytes.lines(folder, ModelDescription.WORDS));
    }

    /** Returns the natural logarithm of a word's share of all words that the vocabulary lacks. */
    double logShare(int line) {
        return rarities[line] / -4.0;
    }
}
