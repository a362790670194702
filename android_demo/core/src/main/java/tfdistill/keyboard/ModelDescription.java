package tfdistill.keyboard;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** What model.json says, checked: docs/keyboard.md, "Files". */
public final class ModelDescription {
    public static final String FILE = "model.json";
    public static final String MODEL = "model.tflite";
    public static final String VOCABULARY = "vocab.txt";
    public static final String WORDS = "words.txt";
    public static final String NGRAMS = "ngrams.bin";

    static final List<String> FILES =
            Collections.unmodifiableList(Arrays.asList(MODEL, VOCABULARY, WORDS, NGRAMS));
    private static final List<String> INPUTS = Arrays.asList("token_ids", "position");

    public final String name;
    public final String version;
    public final String licence;
    public final int vocabularySize;
    public final int firstSuggestion;
    /** Numbers of tokens that the model takes, ascending. */
    private final int[] lengths;
    private final Map<?, ?> files;

    private ModelDescription(Map<?, ?> json) throws RefusedModelException {
        demand(Long.valueOf(2).equals(json.get("format")), "format 2", json.get("format"));
        demand(INPUTS.equals(json.get("inputs")), "inputs " + INPUTS, json.get("inputs"));
        demand("logits".equals(json.get("output")), "output logits", json.get("output"));
        name = string(json, "name");
        version = string(json, "version");
        licence = string(json, "licence");
        vocabularySize = whole(json.get("vocabulary_size"), "vocabulary_size");
        firstSuggestion = whole(json.get("first_suggestion"), "first_suggestion");
        demand(firstSuggestion >= Vocabulary.SPECIALS.size() && firstSuggestion < vocabularySize,
                "first_suggestion inside the vocabulary", firstSuggestion);
        lengths = ascending(json.get("lengths"));
        demand(json.get("files") instanceof Map, "files", json.get("files"));
        files = (Map<?, ?>) json.get("files");
    }

    /** Reads model.json and compares size and SHA-256 of every file that it names. */
    public static ModelDescription read(ModelFolder folder) throws IOException {
        ModelDescription description = parse(Bytes.text(folder, FILE));
        for (String file : FILES) {
            description.verify(file, Bytes.of(folder, file));
        }
        return description;
    }

    static ModelDescription parse(String text) throws RefusedModelException {
        try {
            Object json = Json.parse(text);
            demand(json instanceof Map, "an object", json);
            return new ModelDescription((Map<?, ?>) json);
        } catch (IllegalArgumentException error) {
            throw new RefusedModelException(FILE + " cannot be read: " + error.getMessage(), error);
        }
    }

    private void verify(String file, byte[] bytes) throws RefusedModelException {
        if (bytes.length != bytes(file)) {
            throw new RefusedModelException(file + " has " + bytes.length + " bytes, "
                    + FILE + " says " + bytes(file));
        }
        if (!Bytes.sha256(bytes).equals(sha256(file))) {
            throw new RefusedModelException(file + " is not the file that " + FILE
                    + " describes: its SHA-256 is another");
        }
    }

    /** Returns the numbers of tokens that the model takes, ascending. */
    public int[] lengths() {
        return lengths.clone();
    }

    /** Returns the size of a file, as model.json has it. */
    public int bytes(String file) throws RefusedModelException {
        return whole(entry(file).get("bytes"), "bytes of " + file);
    }

    /** Returns the SHA-256 of a file in hexadecimal, as model.json has it. */
    public String sha256(String file) throws RefusedModelException {
        return string(entry(file), "sha256");
    }

    private Map<?, ?> entry(String file) throws RefusedModelException {
        demand(files.get(file) instanceof Map, "an entry for " + file, files.get(file));
        return (Map<?, ?>) files.get(file);
    }

    private static int[] ascending(Object json) throws RefusedModelException {
        demand(json instanceof List && !((List<?>) json).isEmpty(), "lengths", json);
        List<?> values = (List<?>) json;
        int[] result = new int[values.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = whole(values.get(i), "a length");
            demand(result[i] > (i == 0 ? 1 : result[i - 1]), "ascending lengths above 1", json);
        }
        return result;
    }

    private static String string(Map<?, ?> json, String name) throws RefusedModelException {
        Object value = json.get(name);
        demand(value instanceof String && !((String) value).isEmpty(), name, value);
        return (String) value;
    }

    private static int whole(Object value, String what) throws RefusedModelException {
        boolean isFit = value instanceof Long && (Long) value > 0 && (Long) value < 1 << 30;
        demand(isFit, what + " as a positive whole number", value);
        return ((Long) value).intValue();
    }

    private static void demand(boolean isMet, String expected, Object found)
            throws RefusedModelException {
        if (!isMet) {
            throw new RefusedModelException(FILE + " should have " + expected + ", has " + found);
        }
    }
}
