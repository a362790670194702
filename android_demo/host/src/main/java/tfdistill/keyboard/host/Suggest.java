package tfdistill.keyboard.host;

import java.io.IOException;
import java.nio.file.Paths;
import java.util.Arrays;
import tfdistill.keyboard.Benchmark;
import tfdistill.keyboard.SuggestionEngine;
import tfdistill.keyboard.TypedText;

/** Prints what the keyboard would show for texts, or how long it takes. */
public final class Suggest {
    private static final String USAGE = "expected FOLDER LIBRARY TEXT ..., where FOLDER holds "
            + "model.tflite and its three files, LIBRARY is libLiteRt.so of ai-edge-litert 2.3.0, "
            + "and TEXT is --benchmark or what stands before the cursor";

    private Suggest() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 3) {
            System.err.println(USAGE);
            System.exit(2);
        }
        long start = System.nanoTime();
        try (SuggestionEngine engine =
                new DiskFolder(Paths.get(arguments[0])).load(Paths.get(arguments[1]))) {
            double loadMs = (System.nanoTime() - start) / 1e6;
            for (String text : Arrays.asList(arguments).subList(2, arguments.length)) {
                System.out.println(text.equals("--benchmark") ? Benchmark.run(engine, loadMs)
                        : line(engine, text));
            }
        }
    }

    private static String line(SuggestionEngine engine, String text) throws IOException {
        TypedText typed = TypedText.of(text);
        return typed.context + "[" + typed.prefix + "] "
                + engine.suggest(typed.context, typed.prefix, 3);
    }
}
