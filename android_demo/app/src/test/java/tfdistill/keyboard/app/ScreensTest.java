package tfdistill.keyboard.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import android.app.Activity;
import android.view.View;
import android.view.ViewGroup;
import android.widget.TextView;
import java.io.IOException;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.annotation.Config;
import org.robolectric.shadows.ShadowLooper;

/** The settings and the benchmark as a person sees them. */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 35)
public class ScreensTest {
    private static FakeEngines engines;

    /** The settings with engines of the test's. */
    public static class Settings extends SettingsActivity {
        @Override
        EngineSource engines() {
            return engines;
        }
    }

    /** The benchmark with engines of the test's. */
    public static class Timing extends BenchmarkActivity {
        @Override
        EngineSource engines(int threads) {
            return engines;
        }
    }

    @Before
    public void make() {
        engines = new FakeEngines();
    }

    private static TextView find(View view, String beginning) {
        if (view instanceof TextView) {
            TextView text = (TextView) view;
            return text.getText().toString().startsWith(beginning) ? text : null;
        }
        TextView found = null;
        if (view instanceof ViewGroup) {
            for (int i = 0; found == null && i < ((ViewGroup) view).getChildCount(); i++) {
                found = find(((ViewGroup) view).getChildAt(i), beginning);
            }
        }
        return found;
    }

    private static TextView find(Activity activity, String beginning) {
        return find(activity.getWindow().getDecorView(), beginning);
    }

    /** Waits for a text that another thread makes. */
    private static String await(Activity activity, String beginning) throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            ShadowLooper.idleMainLooper();
            TextView found = find(activity, beginning);
            if (found != null) {
                return found.getText().toString();
            }
            Thread.sleep(50);
        }
        throw new AssertionError("no text begins with " + beginning);
    }

    @Test
    public void theSettingsSayWhatTheModelIs() throws InterruptedException, IOException {
        Activity settings = Robolectric.buildActivity(Settings.class).setup().get();
        assertEquals("Model: ten words 7 (Apache-2.0)\n14 entries, 64 bytes\nSHA-256 "
                + engines.files.sha256("model.tflite"), await(settings, "Model: "));
        assertEquals("loaded and closed", 1, engines.closed.get());
        for (String step : new String[] {"1. ", "2. ", "3. ", "Open the list", "Choose a"}) {
            assertTrue(step, find(settings, step) != null);
        }
    }

    @Test
    public void theSettingsSayWhyAModelIsRefused() throws InterruptedException, IOException {
        engines.files.corrupt("vocab.txt");
        Activity settings = Robolectric.buildActivity(Settings.class).setup().get();
        assertEquals("No suggestions. The model was refused: vocab.txt is not the file that "
                + "model.json describes: its SHA-256 is another", await(settings, "No sugg"));
    }

    @Test
    public void theSettingsSayThatTheModelWasTooSlow() throws InterruptedException {
        SettingsActivity.isTooSlow = true;
        Activity settings = Robolectric.buildActivity(Settings.class).setup().get();
        assertTrue(await(settings, "Model: ").endsWith(
                "\nIt was too slow in a field, which got no more suggestions."));
        SettingsActivity.isTooSlow = false;
    }

    @Test
    public void withoutAssetsTheSettingsSayWhichFileIsMissing() throws InterruptedException {
        Activity settings = Robolectric.buildActivity(SettingsActivity.class).setup().get();
        assertTrue(await(settings, "No sugg").contains("keyboard/model.json"));
    }

    @Test
    public void theBenchmarkPrintsItsFigures() throws InterruptedException {
        Activity timing = Robolectric.buildActivity(Timing.class).setup().get();
        find(timing, "Run on 2").performClick();
        String text = await(timing, "ten words 7, 64 bytes, threads: 2\n");
        assertTrue(text, text.matches("(?s).*Android 15\nload [0-9.]+ ms, suggestions: median "
                + "[0-9.]+ ms, p90 [0-9.]+ ms, p99 [0-9.]+ ms \\(200 calls\\)"));
        assertEquals("10 to warm up", 210, engines.calls.get());
        assertEquals(1, engines.closed.get());
    }
}
