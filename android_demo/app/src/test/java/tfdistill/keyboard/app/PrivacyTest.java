package tfdistill.keyboard.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** What the sources and the manifest cannot do: keep, log or send what is typed. */
public class PrivacyTest {
    private static final String[] FORBIDDEN = {
        "android.util.Log", "System.out", "System.err", "printStackTrace", "java.util.logging",
        "SharedPreferences", "android.database", "openFileOutput", "FileOutputStream", "FileWriter",
        "getExternal", "getCacheDir", "getFilesDir", "Clipboard", "java.net", "android.net",
        "android.webkit", "ContentResolver", "sendBroadcast", "UserDictionary", "Class.forName",
    };

    private static List<Path> sources(String folder) throws IOException {
        try (Stream<Path> all = Files.walk(Paths.get(folder))) {
            return all.filter(path -> path.toString().endsWith(".java"))
                    .collect(Collectors.toList());
        }
    }

    private static String text(Path path) throws IOException {
        return new String(Files.readAllBytes(path), StandardCharsets.UTF_8);
    }

    @Test
    public void nothingIsStoredLoggedOrSent() throws IOException {
        for (String folder : new String[] {"src/main/java", "../core/src/main/java"}) {
            assertTrue(folder, sources(folder).size() > 5);
            for (Path source : sources(folder)) {
                for (String word : FORBIDDEN) {
                    assertFalse(source + " says " + word, text(source).contains(word));
                }
            }
        }
    }

    @Test
    public void oneClassKnowsTheRuntime() throws IOException {
        for (Path source : sources("src/main/java")) {
            assertEquals(source.toString(), source.endsWith("TfliteNextWordModel.java"),
                    text(source).contains("org.tensorflow"));
        }
    }

    @Test
    public void theManifestAsksForNothing() throws Exception {
        Document manifest = DocumentBuilderFactory.newInstance().newDocumentBuilder()
                .parse(new File("src/main/AndroidManifest.xml"));
        for (String element : new String[] {"uses-permission", "uses-permission-sdk-23",
            "permission", "provider", "receiver"}) {
            assertEquals(element, 0, manifest.getElementsByTagName(element).getLength());
        }
        Element application = (Element) manifest.getElementsByTagName("application").item(0);
        assertEquals("false", application.getAttribute("android:allowBackup"));
        Element service = (Element) manifest.getElementsByTagName("service").item(0);
        assertEquals("android.permission.BIND_INPUT_METHOD",
                service.getAttribute("android:permission"));
        assertEquals(DemoInputMethodService.class.getName(),
                service.getAttribute("android:name"));
    }
}
