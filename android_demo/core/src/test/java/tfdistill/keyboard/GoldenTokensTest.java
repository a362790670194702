package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeTrue;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** Texts and their ids: some by hand with a vocabulary of their own, 2,000 from Python. */
public class GoldenTokensTest {
    private static final Path OWN = Paths.get("src/test/golden");
    private static final Path FROM_PYTHON = Paths.get("../golden/tokens.jsonl");
    private static final Path SHIPPED = Paths.get("../../models/keyboard");

    private static void check(Vocabulary vocabulary, Path golden, int atLeast) throws IOException {
        Tokenizer tokenizer = new Tokenizer(vocabulary, 32);
        List<String> lines = Files.readAllLines(golden, StandardCharsets.UTF_8);
        assertTrue(lines.size() + " lines", lines.size() >= atLeast);
        for (String line : lines) {
            Map<?, ?> row = (Map<?, ?>) Json.parse(line);
            List<Long> ids = new ArrayList<>();
            for (int id : tokenizer.ids((String) row.get("text"))) {
                ids.add((long) id);
            }
            assertEquals(line, row.get("ids"), ids);
        }
    }

    @Test
    public void textsByHand() throws IOException {
        List<String> entries = Files.readAllLines(OWN.resolve("vocab.txt"), StandardCharsets.UTF_8);
        check(new Vocabulary(entries, 20), OWN.resolve("tokens.jsonl"), 30);
    }

    private static void checkFolder(Path model, Path golden) throws IOException {
        assumeTrue("no " + golden + ": make_assets.py writes it", Files.exists(golden));
        ModelFolder folder = new ModelFolder() {
            @Override
            public InputStream open(String name) throws IOException {
                return new FileInputStream(model.resolve(name).toFile());
            }
        };
        ModelDescription description = ModelDescription.read(folder);
        check(Vocabulary.read(folder, description), golden, 2000);
    }

    @Test
    public void textsFromPython() throws IOException {
        checkFolder(SHIPPED, FROM_PYTHON);
    }

    @Test
    public void textsFromPythonForASmallModel() throws IOException {
        String fixture = System.getProperty("tfdistill.fixture", "");
        assumeTrue("no -Dtfdistill.fixture=PATH", !fixture.isEmpty());
        checkFolder(Paths.get(fixture), Paths.get(fixture, "tokens.jsonl"));
    }
}
