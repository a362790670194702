package tfdistill.keyboard;

import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Suggests words for a text: docs/keyboard.md, "Ids become suggestions".
 *
 * <p>One thread owns it, as it owns the model. The model is not asked again while a word is being
 * typed, since the words before it stay the same.
 */
public final class SuggestionEngine implements Closeable {
    private static final int LONGEST_PREFIX = 32;

    private final Vocabulary vocabulary;
    private final WordIndex proposed;
    private final WordList more;
    private final NGramTable table;
    private final Tokenizer tokenizer;
    private final NextWordModel model;
    /** One row for each length of the model. */
    private final int[][] inputs;
    private final float[] logits;
    /** The logits, raised by the n-grams of the same ids. */
    private final double[] scores;
    /** The ids that "logits" and "scores" belong to; null if they belong to none. */
    private int[] answered;

    /**
     * Takes the words, the n-grams and the model; closing the engine closes the model.
     *
     * @param lengths the model's numbers of tokens, ascending
     */
    public SuggestionEngine(Vocabulary vocabulary, WordList more, NGramTable table,
            int[] lengths, NextWordModel model) {
        this.vocabulary = vocabulary;
        this.proposed = new WordIndex(vocabulary.suggestions());
        this.more = more;
        this.table = table;
        this.model = model;
        this.tokenizer = new Tokenizer(vocabulary, lengths[lengths.length - 1]);
        inputs = new int[lengths.length][];
        for (int i = 0; i < lengths.length; i++) {
            inputs[i] = new int[lengths[i]];
        }
        logits = new float[vocabulary.size()];
        scores = new double[vocabulary.size()];
    }

    /** Reads the words and n-grams that lie beside the model. */
    public static SuggestionEngine read(ModelFolder folder, ModelDescription description,
            NextWordModel model) throws IOException {
        return new SuggestionEngine(Vocabulary.read(folder, description),
                WordList.read(folder), NGramTable.read(folder, description),
                description.lengths(), model);
    }

    /**
     * Returns at most "count" words, the likeliest first.
     *
     * @param context the text before the word that is being typed
     * @param prefix what has been typed of that word; every suggestion begins with it
     */
    public List<String> suggest(String context, String prefix, int count) throws IOException {
        String key = Spelling.key(prefix);
        if (!prefix.isEmpty() && !isPartOfWord(key)) {
            return Collections.emptyList();
        }
        int[] ids = tokenizer.ids(context);
        answer(ids);
        Ranking ranking = new Ranking(new Speller(prefix, key, beginsSentence(ids)), count);
        if (prefix.isEmpty()) {
            for (int line = 0; line < proposed.size(); line++) {
                ranking.add(scores[vocabulary.firstSuggestion() + line], line, proposed.word(line));
            }
        } else {
            addCompletions(ranking, key);
        }
        return ranking.best();
    }

    /** Drops what the last texts have left in memory. */
    public void forget() {
        answered = null;
        for (int[] input : inputs) {
            Arrays.fill(input, 0);
        }
        Arrays.fill(logits, 0);
        Arrays.fill(scores, 0);
    }

    private static boolean isPartOfWord(String key) {
        for (int at = 0; at < key.length(); at += Character.charCount(key.codePointAt(at))) {
            int codePoint = key.codePointAt(at);
            if (!Spelling.isWordCharacter(codePoint) && !Spelling.isJoiner(codePoint)) {
                return false;
            }
        }
        return !key.isEmpty() && key.codePointCount(0, key.length()) <= LONGEST_PREFIX;
    }

    private void answer(int[] ids) throws IOException {
        if (Arrays.equals(ids, answered)) {
            return;
        }
        answered = null;
        int[] input = inputs[0];
        for (int i = 1; input.length < ids.length; i++) {
            input = inputs[i];
        }
        Arrays.fill(input, 0);
        System.arraycopy(ids, 0, input, 0, ids.length);
        model.run(input, ids.length - 1, logits);
        for (int id = 0; id < scores.length; id++) {
            scores[id] = logits[id];
        }
        int context = table.find(ids);
        if (context >= 0) {
            raise(context);
        }
        answered = ids;
    }

    /** Raises the words of a context; a score that is not a finite number stays as it is. */
    private void raise(int context) {
        double most = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            most = isFinite(logit) ? Math.max(most, logit) : most;
        }
        double sum = 0;
        for (float logit : logits) {
            sum += isFinite(logit) ? Math.exp(logit - most) : 0;
        }
        for (int entry = table.first(context); entry < table.end(context); entry++) {
            int id = table.id(entry);
            if (isFinite(scores[id])) {
                double share = Math.exp(scores[id] - most) + table.level(entry) * sum;
                scores[id] = most + Math.log(share);
            }
        }
    }

    private static boolean isFinite(double value) {
        return Math.abs(value) <= Double.MAX_VALUE;
    }

    private boolean beginsSentence(int[] ids) {
        int last = ids[ids.length - 1];
        return ids.length == 1
                || last != Vocabulary.UNKNOWN && ".!?".contains(vocabulary.entry(last));
    }

    private void addCompletions(Ranking ranking, String key) {
        for (int at = proposed.first(key); proposed.isAt(at, key); at++) {
            int line = proposed.line(at);
            ranking.add(scores[vocabulary.firstSuggestion() + line], line, proposed.word(line));
        }
        double unknown = logits[Vocabulary.UNKNOWN];
        for (int at = more.index.first(key); more.index.isAt(at, key); at++) {
            int line = more.index.line(at);
            ranking.add(unknown + more.logShare(line), proposed.size() + line,
                    more.index.word(line));
        }
    }

    @Override
    public void close() throws IOException {
        model.close();
    }
}
