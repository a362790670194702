package tfdistill.keyboard.host;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.ModelFolder;
import tfdistill.keyboard.NextWordModel;
import tfdistill.keyboard.SuggestionEngine;

/** A model's files in a folder of the desktop. */
public final class DiskFolder implements ModelFolder {
    private final Path folder;

    public DiskFolder(Path folder) {
        this.folder = folder;
    }

    @Override
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(folder.resolve(name));
    }

    /**
     * Checks and loads the model.
     *
     * @param library libLiteRt.so of the Python package ai-edge-litert 2.3.0
     */
    public SuggestionEngine load(Path library) throws IOException {
        ModelDescription description = ModelDescription.read(this);
        NextWordModel model = new LiteRtHostModel(
                library, folder.resolve(ModelDescription.MODEL), description);
        try {
            return SuggestionEngine.read(this, description, model);
        } catch (IOException error) {
            model.close();
            throw error;
        }
    }
}
