// For Android Studio. Continuous integration builds with Maven and tools/build_apk.sh instead, and
// has never run these files.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "keyboard"
include(":core", ":host", ":app")
