package tfdistill.keyboard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A vocabulary of some words, and models that know the answer beforehand. */
final class Words {
    static final List<String> SIGNS = Arrays.asList(".", ",", "!", "?", "'", "\"", "-", "\uD83D\uDE00");
    static final List<String> UNSHOWN = Arrays.asList("damn");
    static final List<String> SHOWN = Arrays.asList(
            "the", "see", "you", "I", "I'm", "don't", "Monday", "tomorrow", "caf\u00e9", "a", "and",
            "e-mail", "there", "then", "\u00e9t\u00e9", "\u6771\u4eac", "\u00df");
    static final int FIRST = Vocabulary.SPECIALS.size() + SIGNS.size() + UNSHOWN.size();

    private Words() {}

    static List<String> entries() {
        List<String> all = new ArrayList<>(Vocabulary.SPECIALS);
        all.addAll(SIGNS);
        all.addAll(UNSHOWN);
        all.addAll(SHOWN);
        return all;
    }

    static Vocabulary vocabulary() {
        try {
            return new Vocabulary(entries(), FIRST);
        } catch (RefusedModelException error) {
            throw new AssertionError(error);
        }
    }

    /** A table over these words; see TableFile. */
    static NGramTable table(TableFile file) {
        try {
            return NGramTable.of(file.bytes(), FIRST, entries().size());
        } catch (RefusedModelException error) {
            throw new AssertionError(error);
        }
    }

    static int id(String entry) {
        int id = entries().indexOf(entry);
        if (id < 0) {
            throw new AssertionError("no entry " + entry);
        }
        return id;
    }

    static WordList more(String... lines) {
        try {
            return WordList.of(Arrays.asList(lines));
        } catch (RefusedModelException error) {
            throw new AssertionError(error);
        }
    }

    /** Prefers the entries in the order given; all others have the logit -10. */
    static NextWordModel preferring(String... entries) {
        float[] row = new float[entries().size()];
        Arrays.fill(row, -10);
        for (int i = 0; i < entries.length; i++) {
            row[id(entries[i])] = entries.length - i;
        }
        return answering(row);
    }

    static NextWordModel answering(float[] row) {
        return new NextWordModel() {
            @Override
            public void run(int[] tokenIds, int position, float[] logits) {
                System.arraycopy(row, 0, logits, 0, row.length);
            }

            @Override
            public void close() {}
        };
    }
}
