package tfdistill.keyboard.app;

import android.app.Activity;
import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;
import android.provider.Settings;
import android.view.View;
import android.view.inputmethod.InputMethodManager;
import android.widget.Button;
import android.widget.EditText;
import android.widget.LinearLayout;
import android.widget.ScrollView;
import android.widget.TextView;
import java.io.IOException;
import tfdistill.keyboard.ModelDescription;

/** Three steps to the keyboard, what the model is, or why it is not used. */
public class SettingsActivity extends Activity {
    /** The model timed out again and again, and has not answered in time since. */
    static volatile boolean isTooSlow;

    private final Handler main = new Handler(Looper.getMainLooper());
    private LinearLayout page;
    private TextView model;

    /** Returns where the model comes from. */
    EngineSource engines() {
        return new AssetModel(getAssets(), 1);
    }

    @Override
    protected void onCreate(Bundle state) {
        super.onCreate(state);
        page = new LinearLayout(this);
        page.setOrientation(LinearLayout.VERTICAL);
        int margin = Math.round(16 * getResources().getDisplayMetrics().density);
        page.setPadding(margin, margin, margin, margin);
        addSteps();
        model = addText("Looking at the model \u2026");
        model.setTextIsSelectable(true);
        addButton("Benchmark", new Intent(this, BenchmarkActivity.class));
        addText("Nothing that you type is stored, sent or learned from. The keyboard has no "
                + "permission, not even for the network.");
        ScrollView scroll = new ScrollView(this);
        scroll.addView(page);
        setContentView(scroll);
    }

    private void addSteps() {
        addText("1. Allow the keyboard");
        addButton("Open the list of keyboards", new Intent(Settings.ACTION_INPUT_METHOD_SETTINGS));
        addText("2. Choose it");
        addButton("Choose a keyboard").setOnClickListener(new View.OnClickListener() {
            @Override
            public void onClick(View clicked) {
                ((InputMethodManager) getSystemService(Context.INPUT_METHOD_SERVICE))
                        .showInputMethodPicker();
            }
        });
        addText("3. Try it");
        EditText field = new EditText(this);
        field.setHint("see you \u2026");
        page.addView(field);
    }

    private TextView addText(String text) {
        TextView view = new TextView(this);
        view.setText(text);
        view.setTextSize(16);
        view.setPadding(0, 24, 0, 8);
        page.addView(view);
        return view;
    }

    private Button addButton(String text) {
        Button button = new Button(this);
        button.setText(text);
        button.setAllCaps(false);
        page.addView(button);
        return button;
    }

    private void addButton(String text, final Intent intent) {
        addButton(text).setOnClickListener(new View.OnClickListener() {
            @Override
            public void onClick(View clicked) {
                startActivity(intent);
            }
        });
    }

    @Override
    protected void onResume() {
        super.onResume();
        final EngineSource engines = engines();
        new Thread("model check") {
            @Override
            public void run() {
                final String text = check(engines);
                main.post(new Runnable() {
                    @Override
                    public void run() {
                        model.setText(text);
                    }
                });
            }
        }.start();
    }

    /** Loads the model as the keyboard does, and says what it is or why it is refused. */
    static String check(EngineSource engines) {
        try {
            ModelDescription model = engines.describe();
            engines.open().close();
            String slow = isTooSlow
                    ? "\nIt was too slow in a field, which got no more suggestions." : "";
            return "Model: " + model.name + " " + model.version + " (" + model.licence + ")\n"
                    + model.vocabularySize + " entries, "
                    + model.bytes(ModelDescription.MODEL) + " bytes\nSHA-256 "
                    + model.sha256(ModelDescription.MODEL) + slow;
        } catch (IOException error) {
            return "No suggestions. The model was refused: " + error.getMessage();
        } catch (RuntimeException error) {
            return "No suggestions. The model was refused: " + error;
        }
    }
}
