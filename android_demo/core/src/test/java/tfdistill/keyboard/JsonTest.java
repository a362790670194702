package tfdistill.keyboard;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.fail;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.Test;

public class JsonTest {
    @Test
    public void valuesAreRead() {
        Map<String, Object> expected = new LinkedHashMap<>();
        expected.put("a", Arrays.asList(1L, -2.5, 1e3, true, false, null));
        expected.put("\u00e9\n\"/\\", new LinkedHashMap<>());
        assertEquals(expected, Json.parse(
                " {\"a\" : [1, -2.5, 1e3,true,false , null],\"\\u00e9\\n\\\"\\/\\\\\":{ } }\n"));
        assertEquals("\uD83D\uDE00\uD83D", Json.parse("\"\uD83D\uDE00\\ud83d\""));
    }

    @Test
    public void whatIsLooseIsRefused() {
        String deep = new String(new char[40]).replace('\0', '[');
        for (String text : new String[] {"", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\":1,\"a\":2}",
                "{a:1}", "[1 2]", "01", "1.", ".5", "+1", "-", "NaN", "tru", "\"", "\"\n\"",
                "\"\\x\"", "\"\\u12\"", "\"\\u+123\"", "\"\\", "1 2", "// 1", "'a'", deep}) {
            try {
                fail(text + " became " + Json.parse(text));
            } catch (IllegalArgumentException expected) {
                assertEquals("JSON, ", expected.getMessage().substring(0, 6));
            }
        }
    }
}
