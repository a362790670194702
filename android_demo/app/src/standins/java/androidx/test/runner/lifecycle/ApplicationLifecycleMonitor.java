package androidx.test.runner.lifecycle;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public interface ApplicationLifecycleMonitor {}
