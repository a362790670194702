package androidx.test.runner.lifecycle;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public final class ApplicationLifecycleMonitorRegistry {
    private ApplicationLifecycleMonitorRegistry() {}

    public static void registerInstance(ApplicationLifecycleMonitor monitor) {}
}
