package androidx.test.runner.lifecycle;

import android.app.Activity;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public interface ActivityLifecycleCallback {
    void onActivityLifecycleChanged(Activity activity, Stage stage);
}
