package tfdistill.keyboard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The words of words.txt, which the vocabulary lacks, and the share of each. */
public final class WordList {
    final WordIndex index;
    private final int[] shares;

    private WordList(List<String> words, int[] shares) {
        this.index = new WordIndex(words);
        this.shares = shares;
    }

    /** Reads lines of "word TAB share". */
    public static WordList of(List<String> lines) throws RefusedModelException {
        List<String> words = new ArrayList<String>(lines.size());
        int[] shares = new int[lines.size()];
        for (int line = 0; line < shares.length; line++) {
            String text = lines.get(line);
            int tab = text.indexOf('\t');
            if (tab < 1 || !text.substring(tab + 1).matches("0|-[1-9][0-9]{0,6}")) {
                throw new RefusedModelException("words.txt, line " + (line + 1)
                        + ": expected \"word TAB share\", found \"" + text + "\"");
            }
            words.add(text.substring(0, tab));
            shares[line] = Integer.parseInt(text.substring(tab + 1));
        }
        return new WordList(words, shares);
    }

    static WordList read(ModelFolder folder) throws IOException {
        return of(Bytes.lines(folder, ModelDescription.WORDS));
    }

    /** Returns the natural logarithm of a word's share of all words that the vocabulary lacks. */
    double logShare(int line) {
        return shares[line] / 100.0;
    }
}
