package tfdistill.keyboard.app;

import android.os.SystemClock;
import android.text.Editable;
import android.text.InputType;
import android.text.Selection;
import android.text.TextUtils;
import android.view.KeyEvent;
import android.view.View;
import android.view.inputmethod.BaseInputConnection;
import android.view.inputmethod.EditorInfo;
import tfdistill.keyboard.TypedText;

/** A text field as the keyboard sees it: an Editable that counts how often it is read. */
final class FakeField extends BaseInputConnection {
    final EditorInfo info = new EditorInfo();
    int reads;
    int readsBehind;
    int enters;
    boolean isGone;

    FakeField(View view, int inputType, String text) {
        super(view, true);
        info.inputType = inputType;
        info.packageName = "tfdistill.test";
        getEditable().append(text);
        Selection.setSelection(getEditable(), text.length());
    }

    static FakeField text(View view, String text) {
        return new FakeField(view, InputType.TYPE_CLASS_TEXT, text);
    }

    String text() {
        return getEditable().toString();
    }

    @Override
    public CharSequence getTextBeforeCursor(int length, int flags) {
        reads++;
        return isGone ? null : super.getTextBeforeCursor(length, flags);
    }

    @Override
    public CharSequence getTextAfterCursor(int length, int flags) {
        if (length > TypedText.LOOK_AHEAD) {
            throw new AssertionError("behind the cursor the keyboard reads only if a word goes on");
        }
        readsBehind++;
        return super.getTextAfterCursor(length, flags);
    }

    @Override
    public CharSequence getSelectedText(int flags) {
        throw new AssertionError("the keyboard reads no selection");
    }

    @Override
    public int getCursorCapsMode(int types) {
        return TextUtils.getCapsMode(getEditable(), Selection.getSelectionStart(getEditable()), types);
    }

    /** Deletes as a text field does; the keyboard sends the key down and up. */
    @Override
    public boolean sendKeyEvent(KeyEvent event) {
        Editable text = getEditable();
        int end = Selection.getSelectionEnd(text);
        if (event.getAction() == KeyEvent.ACTION_DOWN && end > 0) {
            if (event.getKeyCode() == KeyEvent.KEYCODE_DEL) {
                text.delete(TextUtils.getOffsetBefore(text, end), end);
            } else if (event.getKeyCode() == KeyEvent.KEYCODE_ENTER) {
                enters++;
            }
        }
        return SystemClock.uptimeMillis() >= 0;
    }
}
