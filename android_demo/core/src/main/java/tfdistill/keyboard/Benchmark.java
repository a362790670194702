package tfdistill.keyboard;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/** Times suggestions for fixed texts: from the text before the cursor to three words. */
public final class Benchmark {
    static final int WARM_UP = 10;
    static final int TIMED = 200;
    private static final String[] TEXTS = {
        "", "I ", "see you ", "what do you think of ", "thanks for ", "I am on my w", "hello, how ",
        "we could meet at the station at noon and th", "do you want to ", "let me kn",
        "that is the best thing that has happened to me in a long time. I ", "good m",
    };

    private Benchmark() {}

    /** Returns the figures as a line of text; "loadMs" is how long it took to load the model. */
    public static String run(SuggestionEngine engine, double loadMs) throws IOException {
        for (int i = 0; i < WARM_UP; i++) {
            suggest(engine, i);
        }
        double[] times = new double[TIMED];
        for (int i = 0; i < TIMED; i++) {
            long start = System.nanoTime();
            suggest(engine, i);
            times[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(times);
        return String.format(Locale.ROOT,
                "load %.1f ms, suggestions: median %.2f ms, p90 %.2f ms, p99 %.2f ms (%d calls)",
                loadMs, times[TIMED / 2], times[TIMED * 9 / 10], times[TIMED * 99 / 100], TIMED);
    }

    /** Neighbours differ in context, so that each call asks the model. */
    private static void suggest(SuggestionEngine engine, int which) throws IOException {
        TypedText typed = TypedText.of(TEXTS[which % TEXTS.length]);
        engine.suggest(typed.context, typed.prefix, 3);
    }
}
