package androidx.test.runner.lifecycle;

/** Stands in for AndroidX's class of this name: as much of it as Robolectric calls. */
public enum ApplicationStage {
    PRE_ON_CREATE, CREATED
}
