package tfdistill.keyboard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The entries of vocab.txt: [PAD], [UNK], [START], [NUMBER], signs, words. */
public final class Vocabulary {
    public static final int UNKNOWN = 1;
    public static final int START = 2;
    public static final int NUMBER = 3;
    static final List<String> SPECIALS =
            Collections.unmodifiableList(Arrays.asList("[PAD]", "[UNK]", "[START]", "[NUMBER]"));

    private final List<String> entries;
    private final int firstSuggestion;
    private final Map<String, Integer> ids = new HashMap<String, Integer>();

    /**
     * Takes the entries in the order of their ids.
     *
     * @param firstSuggestion the first id of a word that may be proposed
     */
    public Vocabulary(List<String> entries, int firstSuggestion) throws RefusedModelException {
        this.entries = Collections.unmodifiableList(new ArrayList<String>(entries));
        this.firstSuggestion = firstSuggestion;
        int count = SPECIALS.size();
        if (entries.size() < count || !entries.subList(0, count).equals(SPECIALS)) {
            throw new RefusedModelException("vocab.txt should begin with " + SPECIALS);
        }
        for (int id = count; id < entries.size(); id++) {
            add(entries.get(id), id);
        }
    }

    private void add(String entry, int id) throws RefusedModelException {
        String key = Spelling.key(entry);
        Integer before = ids.put(key, id);
        if (key.isEmpty() || before != null) {
            throw new RefusedModelException("vocab.txt, entry " + id + ": expected a word that "
                    + "differs from all others in lower case, found \"" + entry + "\"");
        }
    }

    static Vocabulary read(ModelFolder folder, ModelDescription description) throws IOException {
        List<String> entries = Bytes.lines(folder, ModelDescription.VOCABULARY);
        if (entries.size() != description.vocabularySize) {
            throw new RefusedModelException("vocab.txt has " + entries.size() + " entries, "
                    + ModelDescription.FILE + " says " + description.vocabularySize);
        }
        return new Vocabulary(entries, description.firstSuggestion);
    }

    public int size() {
        return entries.size();
    }

    public int firstSuggestion() {
        return firstSuggestion;
    }

    /** Returns an entry as it is shown. */
    public String entry(int id) {
        return entries.get(id);
    }

    /** Returns the words that may be proposed; the first one has the id firstSuggestion. */
    List<String> suggestions() {
        return entries.subList(firstSuggestion, entries.size());
    }

    /** Returns the id of a word in lower case or of a sign, UNKNOWN if there is none. */
    public int id(String key) {
        Integer id = ids.get(key);
        return id == null ? UNKNOWN : id;
    }
}
