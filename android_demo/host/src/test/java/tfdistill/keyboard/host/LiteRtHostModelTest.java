package tfdistill.keyboard.host;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;
import static org.junit.Assume.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.Before;
import org.junit.Test;
import tfdistill.keyboard.Json;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.RefusedModelException;
import tfdistill.keyboard.SuggestionEngine;

/**
 * Real files on the real runtime. tests/android_demo gives the library (tfdistill.litert) and the
 * folder of a small model with Python's logits (tfdistill.fixture); without them this is skipped.
 */
public class LiteRtHostModelTest {
    private static final Path SHIPPED = Paths.get("../../models/keyboard");
    private static final Path GOLDEN = Paths.get("../golden/suggestions.jsonl");
    private static final String[] FILES = {"model.tflite", "vocab.txt", "words.txt", "ngrams.bin"};

    private Path library;

    private static Path property(String name) {
        String value = System.getProperty(name, "");
        assumeTrue("no -D" + name + "=PATH", !value.isEmpty());
        return Paths.get(value);
    }

    @Before
    public void find() {
        library = property("tfdistill.litert");
    }

    private static List<Map<?, ?>> rows(Path file) throws IOException {
        List<Map<?, ?>> rows = new ArrayList<>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            rows.add((Map<?, ?>) Json.parse(line));
        }
        return rows;
    }

    private static double[] numbers(Object json) {
        return ((List<?>) json).stream().mapToDouble(each -> ((Number) each).doubleValue())
                .toArray();
    }

    private static float[] floats(Object json) {
        double[] numbers = numbers(json);
        float[] result = new float[numbers.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) numbers[i];
        }
        return result;
    }

    private LiteRtHostModel open(Path folder, ModelDescription description) throws IOException {
        return new LiteRtHostModel(library, folder.resolve("model.tflite"), description);
    }

    @Test
    public void logitsAreThoseOfPython() throws IOException {
        Path folder = property("tfdistill.fixture");
        ModelDescription description = ModelDescription.read(new DiskFolder(folder));
        List<Map<?, ?>> rows = rows(folder.resolve("logits.jsonl"));
        assertTrue(rows.size() >= 3 * description.lengths().length);
        try (LiteRtHostModel model = open(folder, description)) {
            float[] logits = new float[description.vocabularySize];
            for (Map<?, ?> row : rows) {
                double[] ids = numbers(row.get("token_ids"));
                int[] tokens = new int[ids.length];
                for (int i = 0; i < tokens.length; i++) {
                    tokens[i] = (int) ids[i];
                }
                model.run(tokens, ((Long) row.get("position")).intValue(), logits);
                assertArrayEquals(floats(row.get("logits")), logits, 1e-5f);
            }
        }
    }

    @Test
    public void wordsAreSuggestedFromTheFile() throws IOException {
        Path folder = property("tfdistill.fixture");
        try (SuggestionEngine engine = new DiskFolder(folder).load(library)) {
            assertEquals(3, engine.suggest("", "", 3).size());
            for (String word : engine.suggest("word7 ", "wo", 3)) {
                assertTrue(word, word.startsWith("word"));
            }
        }
    }

    @Test
    public void aModelThatIsNotAsDescribedIsRefused() throws IOException {
        Path folder = property("tfdistill.fixture");
        String json = new String(Files.readAllBytes(folder.resolve("model.json")),
                StandardCharsets.UTF_8);
        Path other = Files.createTempDirectory("model");
        for (String name : FILES) {
            Files.copy(folder.resolve(name), other.resolve(name));
        }
        String[][] cases = {
            {"[8, 16, 32]", "[8, 16, 64]", "the model has no signature tokens_64"},
            {"\"vocabulary_size\": 200", "\"vocabulary_size\": 201",
                "the model should have logits as element type 1 [1, 201], has 1 [1, 200]"},
        };
        for (String[] each : cases) {
            assertTrue(json.contains(each[0]));
            Files.write(other.resolve("model.json"),
                    json.replace(each[0], each[1]).getBytes(StandardCharsets.UTF_8));
            try {
                open(other, ModelDescription.read(new DiskFolder(other))).close();
                fail("not refused: " + each[1]);
            } catch (RefusedModelException error) {
                assertEquals(each[2], error.getMessage());
            }
        }
    }

    private void checkGolden(Path folder, Path golden) throws IOException {
        assumeTrue("no " + golden + ": make_assets.py writes it", Files.exists(golden));
        try (SuggestionEngine engine = new DiskFolder(folder).load(library)) {
            List<Map<?, ?>> rows = rows(golden);
            assertTrue(rows.size() + " rows", rows.size() >= 500);
            for (Map<?, ?> row : rows) {
                assertEquals(row.toString(), row.get("suggestions"), engine.suggest(
                        (String) row.get("context"), (String) row.get("prefix"), 3));
            }
        }
    }

    @Test
    public void theShippedModelSuggestsWhatPythonSuggests() throws IOException {
        checkGolden(SHIPPED, GOLDEN);
    }

    @Test
    public void theSmallModelSuggestsWhatPythonSuggests() throws IOException {
        Path folder = property("tfdistill.fixture");
        checkGolden(folder, folder.resolve("suggestions.jsonl"));
    }
}
