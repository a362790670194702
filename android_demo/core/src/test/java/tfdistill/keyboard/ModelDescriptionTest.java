package tfdistill.keyboard;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.fail;

import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.Before;
import org.junit.Test;

public class ModelDescriptionTest {
    private final Map<String, byte[]> files = new HashMap<>();
    private final ModelFolder folder = new ModelFolder() {
        @Override
        public InputStream open(String name) throws IOException {
            if (!files.containsKey(name)) {
                throw new FileNotFoundException(name);
            }
            return new ByteArrayInputStream(files.get(name));
        }
    };

    @Before
    public void write() {
        put("model.tflite", "not really");
        put("vocab.txt", String.join("\n", Words.entries()) + "\n");
        put("words.txt", "40thesis\n");
        files.put("ngrams.bin", table(Words.id("you")));
        describe("");
    }

    private static byte[] table(int id) {
        return new TableFile(1, 2).add(new int[] {Vocabulary.START}, id).bytes();
    }

    private void put(String name, String text) {
        files.put(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes model.json; "changes" are members that replace those of the same name. */
    private void describe(String changes) {
        StringBuilder entries = new StringBuilder();
        for (String name : ModelDescription.FILES) {
            entries.append(entries.length() == 0 ? "" : ",").append(String.format(
                    "\"%s\":{\"bytes\":%d,\"sha256\":\"%s\"}", name, files.get(name).length,
                    Bytes.sha256(files.get(name))));
        }
        Map<String, String> members = new HashMap<>();
        members.put("format", "2");
        members.put("name", "\"kitchen\"");
        members.put("version", "\"3\"");
        members.put("licence", "\"Apache-2.0\"");
        members.put("vocabulary_size", "" + Words.entries().size());
        members.put("first_suggestion", "" + Words.FIRST);
        members.put("lengths", "[8,16]");
        members.put("inputs", "[\"token_ids\",\"position\"]");
        members.put("output", "\"logits\"");
        members.put("files", "{" + entries + "}");
        for (String change : changes.isEmpty() ? new String[0] : changes.split(";")) {
            members.put(change.split("=")[0], change.split("=")[1]);
        }
        StringBuilder json = new StringBuilder();
        members.forEach((name, value) -> json.append(json.length() == 0 ? "{" : ",")
                .append('"').append(name).append("\":").append(value));
        put("model.json", json + "}");
    }

    private void checkRefused(String reason) throws IOException {
        try {
            ModelDescription description = ModelDescription.read(folder);
            SuggestionEngine.read(folder, description, Words.preferring("you"));
        } catch (RefusedModelException error) {
            assertEquals(reason, error.getMessage());
            return;
        }
        fail("not refused: " + reason);
    }

    @Test
    public void aGoodFolderIsRead() throws IOException {
        ModelDescription description = ModelDescription.read(folder);
        assertEquals("kitchen 3", description.name + " " + description.version);
        assertArrayEquals(new int[] {8, 16}, description.lengths());
        assertEquals(10, description.bytes("model.tflite"));
        SuggestionEngine engine =
                SuggestionEngine.read(folder, description, Words.preferring("you"));
        assertEquals("You", engine.suggest("", "", 1).get(0));
    }

    @Test
    public void anotherFormIsRefused() throws IOException {
        String[][] cases = {
            {"format=1", "format 2, has 1"},
            {"output=\"scores\"", "output logits, has scores"},
            {"inputs=[\"position\",\"token_ids\"]",
                "inputs [token_ids, position], has [position, token_ids]"},
            {"lengths=[]", "lengths, has []"},
            {"lengths=[16,8]", "ascending lengths above 1, has [16, 8]"},
            {"lengths=[8,16.0]", "a length as a positive whole number, has 16.0"},
            {"name=\"\"", "name, has "},
            {"first_suggestion=3", "first_suggestion inside the vocabulary, has 3"},
            {"vocabulary_size=\"12\"", "vocabulary_size as a positive whole number, has 12"},
            {"files={}", "an entry for model.tflite, has null"},
        };
        for (String[] each : cases) {
            describe(each[0]);
            checkRefused("model.json should have " + each[1]);
        }
        put("model.json", "[]");
        checkRefused("model.json should have an object, has []");
        put("model.json", "{");
        checkRefused("model.json cannot be read: JSON, character 1: expected '\"'");
    }

    @Test
    public void aChangedFileIsRefused() throws IOException {
        for (String name : ModelDescription.FILES) {
            byte[] good = files.get(name);
            byte[] bad = good.clone();
            bad[bad.length / 2] ^= 1;
            files.put(name, bad);
            checkRefused(name
                    + " is not the file that model.json describes: its SHA-256 is another");
            files.put(name, new byte[3]);
            checkRefused(name + " has 3 bytes, model.json says " + good.length);
            files.put(name, good);
        }
    }

    @Test
    public void filesThatDoNotFitAreRefused() throws IOException {
        describe("vocabulary_size=99");
        checkRefused("vocab.txt has " + Words.entries().size()
                + " entries, model.json says 99");
        for (String wrong : new String[] {"", "4", "40", "41thesis", "4/thesis", "\u007f0thesis",
                "0\u00e9thesis"}) {
            put("words.txt", wrong + "\n");
            describe("");
            checkRefused("words.txt, line 1: expected how rare the word is, how much of the line "
                    + "before it begins with, and the rest of it, found \"" + wrong + "\"");
        }
        put("words.txt", "40thesis");
        describe("");
        checkRefused("words.txt is cut off: its last line has no end");
        put("words.txt", "40thesis\n");
        files.put("ngrams.bin", table(Words.id("damn")));
        describe("");
        checkRefused("ngrams.bin should have ids from " + Words.FIRST + " to "
                + (Words.entries().size() - 1) + ", has " + Words.id("damn"));
        files.put("vocab.txt", new byte[] {(byte) 0xff, '\n'});
        describe("");
        checkRefused("vocab.txt is not UTF-8");
        put("vocab.txt", "[PAD]\n");
        describe("vocabulary_size=1;first_suggestion=1");
        checkRefused("model.json should have first_suggestion inside the vocabulary, has 1");
    }

    @Test
    public void aVocabularyWithAWordTwiceIsRefused() throws IOException {
        String entries = String.join("\n", Words.entries()) + "\n";
        put("vocab.txt", entries.replace("tomorrow", "monday"));
        describe("");
        checkRefused("vocab.txt, entry " + Words.id("tomorrow") + ": expected a word that differs "
                + "from all others in lower case, found \"monday\"");
        put("vocab.txt", entries.replace("[NUMBER]", "[NUM]"));
        describe("");
        checkRefused("vocab.txt should begin with [[PAD], [UNK], [START], [NUMBER]]");
    }

    @Test(expected = FileNotFoundException.class)
    public void aMissingFileIsAnError() throws IOException {
        files.remove("words.txt");
        ModelDescription.read(folder);
    }
}
