package tfdistill.keyboard;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Keeps the candidates with the highest scores, each text once. */
final class Ranking {
    private final Speller speller;
    private final String[] texts;
    private final double[] scores;
    private final int[] ranks;
    private int count;

    Ranking(Speller speller, int most) {
        this.speller = speller;
        texts = new String[most];
        scores = new double[most];
        ranks = new int[most];
    }

    /** Takes a candidate; of equal scores the lower rank is the better one. */
    void add(double score, int rank, String word) {
        if (Double.isNaN(score) || Double.isInfinite(score) || !isBetter(score, rank, count - 1)
                && count == texts.length) {
            return;
        }
        insert(score, rank, speller.spell(word));
    }

    private boolean isBetter(double score, int rank, int than) {
        return than >= 0
                && (score > scores[than] || score == scores[than] && rank < ranks[than]);
    }

    private void insert(double score, int rank, String text) {
        int same = Arrays.asList(texts).subList(0, count).indexOf(text);
        if (same >= 0 && !isBetter(score, rank, same)) {
            return;
        }
        int at = same >= 0 ? same : count < texts.length ? count++ : count - 1;
        for (; at > 0 && isBetter(score, rank, at - 1); at--) {
            texts[at] = texts[at - 1];
            scores[at] = scores[at - 1];
            ranks[at] = ranks[at - 1];
        }
        texts[at] = text;
        scores[at] = score;
        ranks[at] = rank;
    }

    List<String> best() {
        return Collections.unmodifiableList(Arrays.asList(texts).subList(0, count));
    }
}
