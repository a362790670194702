package androidx.test.runner.intent;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public final class IntentStubberRegistry {
    private IntentStubberRegistry() {}

    public static boolean isLoaded() {
        return false;
    }

    public static IntentStubber getInstance() {
        throw new IllegalStateException("no stubber is registered");
    }
}
