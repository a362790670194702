package androidx.test.internal.platform.os;

import android.view.View;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public interface ControlledLooper {
    void drainMainThreadUntilIdle();

    void simulateWindowFocus(View decorView);

    boolean areDrawCallbacksSupported();
}
