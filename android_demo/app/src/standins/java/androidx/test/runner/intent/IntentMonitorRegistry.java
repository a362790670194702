package androidx.test.runner.intent;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public final class IntentMonitorRegistry {
    private IntentMonitorRegistry() {}

    public static void registerInstance(IntentMonitor monitor) {}
}
