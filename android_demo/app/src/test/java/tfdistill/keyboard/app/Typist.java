package tfdistill.keyboard.app;

import android.inputmethodservice.AbstractInputMethodService;
import android.os.Looper;
import android.text.Selection;
import android.view.View;
import android.view.ViewGroup;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.robolectric.Robolectric;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.shadow.api.Shadow;
import org.robolectric.shadows.ShadowLooper;

/** Drives the real service as Android and a person do. */
final class Typist {
    /** The service with engines of the test's. */
    public static class Service extends DemoInputMethodService {
        static FakeEngines engines;

        @Override
        EngineSource engines() {
            return engines;
        }

        /** Robolectric has no window to show; what is asked here is whether its view is seen. */
        @Override
        public boolean isInputViewShown() {
            return true;
        }
    }

    final ServiceController<Service> controller;
    final Service service;
    private final AbstractInputMethodService.AbstractInputMethodImpl method;
    private View view;
    FakeField field;

    Typist(FakeEngines engines) {
        Service.engines = engines;
        controller = Robolectric.buildService(Service.class).create();
        service = controller.get();
        method = service.onCreateInputMethodInterface();
        inflate();
    }

    /** Makes the views, as Android does at first and after a rotation. */
    void inflate() {
        view = service.onCreateInputView();
        service.setInputView(view);
    }

    View view() {
        return view;
    }

    static FakeField field(int inputType, String text) {
        return new FakeField(new View(RuntimeEnvironment.getApplication()), inputType, text);
    }

    Typist enter(FakeField entered) {
        field = entered;
        method.startInput(field, field.info);
        service.onStartInputView(field.info, false);
        return this;
    }

    /** Lets the given time pass on the main thread and the worker answer. */
    void pass(int milliseconds) {
        for (int i = 0; i < 2; i++) {
            ShadowLooper.shadowMainLooper().idleFor(milliseconds / 2, TimeUnit.MILLISECONDS);
            settle();
            ShadowLooper.shadowMainLooper().idle();
        }
    }

    /** Waits until the worker has nothing to do; a model that is held is left alone. */
    private void settle() {
        if (Service.engines.hold == null && Service.engines.opening == null) {
            for (Looper looper : ShadowLooper.getAllLoopers()) {
                if (looper != Looper.getMainLooper() && looper.getThread().isAlive()) {
                    ((ShadowLooper) Shadow.extract(looper)).idle();
                }
            }
        }
    }

    private static void collect(View view, List<TextView> found) {
        if (view instanceof TextView) {
            found.add((TextView) view);
        } else if (view instanceof ViewGroup) {
            for (int i = 0; i < ((ViewGroup) view).getChildCount(); i++) {
                collect(((ViewGroup) view).getChildAt(i), found);
            }
        }
    }

    private List<TextView> texts() {
        List<TextView> found = new ArrayList<>();
        collect(view, found);
        return found;
    }

    /** Returns what the strip shows, from left to right. */
    List<String> strip() {
        List<String> shown = new ArrayList<>();
        for (TextView slot : texts().subList(0, 3)) {
            shown.add(slot.getText().toString());
        }
        return shown;
    }

    static List<String> nothing() {
        return Arrays.asList("", "", "");
    }

    /** Touches the key with a label. */
    void press(String label) {
        for (TextView key : texts().subList(3, texts().size())) {
            if (key.getText().toString().equals(label)) {
                touch(key);
                return;
            }
        }
        throw new AssertionError("no key " + label);
    }

    void type(String labels) {
        for (char each : labels.toCharArray()) {
            press(String.valueOf(each));
        }
    }

    void pick(int slot) {
        touch(texts().get(slot));
    }

    /** Touches a view; where that moves the cursor, the service is told, as Android does. */
    private void touch(View touched) {
        int before = Selection.getSelectionEnd(field.getEditable());
        touched.performClick();
        if (before != Selection.getSelectionEnd(field.getEditable())) {
            tellSelection();
        }
    }

    void tellSelection() {
        int at = Selection.getSelectionEnd(field.getEditable());
        service.onUpdateSelection(0, 0, at, at, -1, -1);
    }
}
