package tfdistill.keyboard.app;

import android.inputmethodservice.InputMethodService;
import android.os.Handler;
import android.os.Looper;
import android.view.KeyEvent;
import android.view.View;
import android.view.inputmethod.EditorInfo;
import android.view.inputmethod.InputConnection;
import android.widget.LinearLayout;
import java.util.List;
import tfdistill.keyboard.FieldPolicy;
import tfdistill.keyboard.RequestGate;
import tfdistill.keyboard.TypedText;

/**
 * A keyboard that proposes words. Keys never wait for the model, and nothing that is typed is
 * stored, logged or sent: it passes from the field to the model and is forgotten.
 *
 * <p>All methods run on the main thread; the model has its own, in SuggestionWorker.
 */
public class DemoInputMethodService extends InputMethodService
        implements KeyboardView.Listener, SuggestionStrip.Listener, SuggestionWorker.Listener {
    static final int DELAY_MS = 60;
    static final int TIMEOUT_MS = 300;
    static final int MOST_TIMEOUTS = 5;
    private static final int MOST_CHARACTERS = 128;

    private final Handler main = new Handler(Looper.getMainLooper());
    private final RequestGate gate = new RequestGate(MOST_TIMEOUTS);
    private FieldPolicy policy = new FieldPolicy(EditorInfo.TYPE_NULL);
    private SuggestionWorker worker;
    private SuggestionStrip strip;
    private KeyboardView keyboard;
    /** What the question under way, then the strip, belongs to; null if there is none. */
    private TypedText asked;
    private final Runnable request = new Runnable() {
        @Override
        public void run() {
            request();
        }
    };

    /** Returns where the model comes from. */
    EngineSource engines() {
        return new AssetModel(getAssets(), 1);
    }

    @Override
    public void onCreate() {
        super.onCreate();
        worker = new SuggestionWorker(engines(), this);
    }

    @Override
    public void onDestroy() {
        forget();
        worker.close();
        super.onDestroy();
    }

    @Override
    public View onCreateInputView() {
        forget();
        strip = new SuggestionStrip(this, this);
        keyboard = new KeyboardView(this, this);
        LinearLayout both = new LinearLayout(this);
        both.setOrientation(LinearLayout.VERTICAL);
        both.setBackgroundColor(Colours.of(this).ground);
        both.addView(strip);
        both.addView(keyboard);
        return both;
    }

    @Override
    public boolean onEvaluateFullscreenMode() {
        return false;
    }

    @Override
    public void onStartInput(EditorInfo field, boolean isRestarting) {
        super.onStartInput(field, isRestarting);
        forget();
        gate.reset();
        policy = new FieldPolicy(field.inputType);
    }

    @Override
    public void onStartInputView(EditorInfo field, boolean isRestarting) {
        super.onStartInputView(field, isRestarting);
        keyboard.begin(field.initialCapsMode != 0);
        // The field may have been left and entered again since it told its first capital.
        capitalize();
        changed();
    }

    @Override
    public void onFinishInput() {
        forget();
        worker.forgetField();
        policy = new FieldPolicy(EditorInfo.TYPE_NULL);
        super.onFinishInput();
    }

    @Override
    public void onFinishInputView(boolean isFinishing) {
        forget();
        super.onFinishInputView(isFinishing);
    }

    @Override
    public void onUpdateSelection(int oldStart, int oldEnd, int start, int end, int composingStart,
            int composingEnd) {
        super.onUpdateSelection(oldStart, oldEnd, start, end, composingStart, composingEnd);
        if (isInputViewShown()) {
            capitalize();
            changed();
        }
    }

    /** Drops what was read, asked and shown. */
    private void forget() {
        main.removeCallbacksAndMessages(null);
        gate.cancel();
        asked = null;
        if (worker != null) {
            worker.forget();
        }
        if (strip != null) {
            strip.clear();
        }
    }

    /** Empties the strip, and asks again when no key follows at once. */
    private void changed() {
        forget();
        if (policy.maySuggest() && !gate.isShut()) {
            main.postDelayed(request, DELAY_MS);
        }
    }

    private void capitalize() {
        InputConnection field = getCurrentInputConnection();
        if (field != null && policy.maySuggest()) {
            keyboard.capitalize(field.getCursorCapsMode(getCurrentInputEditorInfo().inputType) != 0);
        }
    }

    /** Returns the text before the cursor, cut where its last word begins, or null. */
    private TypedText read() {
        InputConnection field = getCurrentInputConnection();
        if (field == null || !policy.maySuggest()) {
            return null;
        }
        CharSequence text = field.getTextBeforeCursor(MOST_CHARACTERS, 0);
        return text == null ? null : TypedText.of(text.toString());
    }

    private void request() {
        asked = read();
        if (asked == null || asked.prefix.isEmpty() && !isBetweenWords(asked.context)
                || isWithinWord()) {
            return;
        }
        final int number = gate.request();
        worker.ask(number, asked);
        if (worker.isReady()) { // Opening the model is slow once, and no fault of the question.
            main.postDelayed(new Runnable() {
                @Override
                public void run() {
                    expire(number);
                }
            }, TIMEOUT_MS);
        }
    }

    /** Tells whether a next word may be proposed: at the beginning, or after a space. */
    private boolean isBetweenWords(String context) {
        return policy.mayPredict() && (context.isEmpty()
                || Character.isWhitespace(context.charAt(context.length() - 1)));
    }

    /** Tells whether the cursor is in the middle of a word: a pick would double its rest. */
    private boolean isWithinWord() {
        InputConnection field = getCurrentInputConnection();
        CharSequence next = field == null || asked.prefix.isEmpty() ? null
                : field.getTextAfterCursor(TypedText.LOOK_AHEAD, 0);
        return next != null && asked.goesOn(next.toString());
    }

    private void expire(int number) {
        if (gate.expire(number)) {
            worker.forget();
            strip.clear();
            SettingsActivity.isTooSlow |= gate.isShut();
        }
    }

    @Override
    public void onSuggestions(int number, List<String> words) {
        if (gate.answer(number)) {
            SettingsActivity.isTooSlow = false;
            strip.show(words);
        }
    }

    @Override
    public void onPick(String word) {
        TypedText now = read();
        boolean isSame = now != null && asked != null && now.prefix.equals(asked.prefix)
                && now.context.equals(asked.context) && word.startsWith(now.prefix);
        if (isSame) {
            // What was typed stays as it is, so that nothing has to be deleted.
            String rest = word.substring(now.prefix.length());
            onText(policy.mayAddSpace() ? rest + " " : rest);
        } else {
            changed();
        }
    }

    @Override
    public void onText(String text) {
        InputConnection field = getCurrentInputConnection();
        if (field != null) {
            field.commitText(text, 1);
        }
        changed();
    }

    @Override
    public void onDelete() {
        // A key event: the field deletes a selection or one character, and nothing is read here.
        sendDownUpKeyEvents(KeyEvent.KEYCODE_DEL);
        changed();
    }

    @Override
    public void onEnter() {
        sendKeyChar('\n');
        changed();
    }
}
