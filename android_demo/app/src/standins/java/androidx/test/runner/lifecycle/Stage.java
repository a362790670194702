package androidx.test.runner.lifecycle;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public enum Stage {
    PRE_ON_CREATE, CREATED, STARTED, RESUMED, PAUSED, STOPPED, RESTARTED, DESTROYED
}
