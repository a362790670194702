package tfdistill.keyboard.app;

import android.app.Activity;
import android.os.Build;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;
import android.view.View;
import android.widget.Button;
import android.widget.LinearLayout;
import android.widget.ScrollView;
import android.widget.TextView;
import java.io.IOException;
import tfdistill.keyboard.Benchmark;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.SuggestionEngine;

/** Times the shipped model on this phone and shows the figures as text to be copied. */
public class BenchmarkActivity extends Activity {
    private final Handler main = new Handler(Looper.getMainLooper());
    private TextView result;
    private boolean isRunning;

    /** Returns where the model comes from. */
    EngineSource engines(int threads) {
        return new AssetModel(getAssets(), threads);
    }

    @Override
    protected void onCreate(Bundle state) {
        super.onCreate(state);
        LinearLayout page = new LinearLayout(this);
        page.setOrientation(LinearLayout.VERTICAL);
        for (int threads = 1; threads <= 2; threads++) {
            page.addView(button(threads));
        }
        result = new TextView(this);
        result.setTextIsSelectable(true);
        result.setPadding(24, 24, 24, 24);
        page.addView(result);
        ScrollView scroll = new ScrollView(this);
        scroll.addView(page);
        setContentView(scroll);
    }

    private Button button(final int threads) {
        Button button = new Button(this);
        button.setText(threads == 1 ? "Run on 1 thread" : "Run on " + threads + " threads");
        button.setAllCaps(false);
        button.setOnClickListener(new View.OnClickListener() {
            @Override
            public void onClick(View clicked) {
                start(threads);
            }
        });
        return button;
    }

    private void start(final int threads) {
        if (isRunning) {
            return;
        }
        isRunning = true;
        result.setText("Running \u2026");
        final EngineSource engines = engines(threads);
        new Thread("benchmark") {
            @Override
            public void run() {
                final String text = report(engines, threads);
                main.post(new Runnable() {
                    @Override
                    public void run() {
                        result.setText(text);
                        isRunning = false;
                    }
                });
            }
        }.start();
    }

    static String report(EngineSource engines, int threads) {
        try {
            ModelDescription model = engines.describe();
            long start = System.nanoTime();
            try (SuggestionEngine engine = engines.open()) {
                double load = (System.nanoTime() - start) / 1e6;
                return model.name + " " + model.version + ", "
                        + model.bytes(ModelDescription.MODEL) + " bytes, threads: " + threads + "\n"
                        + Build.MANUFACTURER + " " + Build.MODEL + ", Android "
                        + Build.VERSION.RELEASE + "\n" + Benchmark.run(engine, load);
            }
        } catch (IOException error) {
            return "No figures. The model was refused: " + error.getMessage();
        } catch (RuntimeException error) {
            return "No figures. The model was refused: " + error;
        }
    }
}
