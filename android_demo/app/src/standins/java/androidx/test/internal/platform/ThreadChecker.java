package androidx.test.internal.platform;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public interface ThreadChecker {
    void checkMainThread();

    void checkNotMainThread();
}
