package tfdistill.keyboard.app;

import android.content.res.AssetFileDescriptor;
import android.content.res.AssetManager;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.ModelFolder;
import tfdistill.keyboard.SuggestionEngine;

/** The model that lies in the app's assets; the .tflite is mapped, not copied. */
final class AssetModel implements ModelFolder, EngineSource {
    private static final String FOLDER = "keyboard/";

    private final AssetManager assets;
    private final int threads;

    AssetModel(AssetManager assets, int threads) {
        this.assets = assets;
        this.threads = threads;
    }

    @Override
    public InputStream open(String name) throws IOException {
        return assets.open(FOLDER + name);
    }

    /** Maps a file, which the APK has to hold uncompressed. */
    private MappedByteBuffer map(String name) throws IOException {
        AssetFileDescriptor file = assets.openFd(FOLDER + name);
        // The stream closes the descriptor; the mapping stays.
        try (FileInputStream stream = file.createInputStream()) {
            return stream.getChannel().map(FileChannel.MapMode.READ_ONLY,
                    file.getStartOffset(), file.getDeclaredLength());
        }
    }

    @Override
    public ModelDescription describe() throws IOException {
        return ModelDescription.read(this);
    }

    @Override
    public SuggestionEngine open() throws IOException {
        ModelDescription description = describe();
        TfliteNextWordModel model = new TfliteNextWordModel(
                map(ModelDescription.MODEL), description, threads);
        try {
            return SuggestionEngine.read(this, description, model);
        } catch (IOException error) {
            model.close();
            throw error;
        }
    }
}
