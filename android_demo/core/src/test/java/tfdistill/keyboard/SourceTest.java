package tfdistill.keyboard;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.Test;

/** What the sources may say: no Android in core, nothing that dx cannot turn into plain dex. */
public class SourceTest {
    private static List<Path> sources(String folder) throws IOException {
        try (Stream<Path> all = Files.walk(Paths.get(folder))) {
            return all.filter(path -> path.toString().endsWith(".java"))
                    .collect(Collectors.toList());
        }
    }

    private static void checkAbsent(String folder, String... words) throws IOException {
        List<Path> sources = sources(folder);
        assertTrue(folder, sources.size() > 5);
        for (Path source : sources) {
            String text = new String(Files.readAllBytes(source), StandardCharsets.UTF_8);
            for (String word : words) {
                assertFalse(source + " says " + word, text.contains(word));
            }
        }
    }

    @Test
    public void coreKnowsNoAndroidAndNoRuntime() throws IOException {
        checkAbsent("src/main/java", "import android", "org.tensorflow", "java.util.function",
                "java.util.stream", "java.time", "Optional");
    }

    @Test
    public void noLambdaReachesThePhone() throws IOException {
        checkAbsent("src/main/java", "->", "::");
        checkAbsent("../app/src/main/java", "->", "::");
    }
}
