package tfdistill.keyboard;

import java.io.IOException;
import java.io.InputStream;

/** Where a model's five files lie: the assets of the app, or a folder of a desktop. */
public interface ModelFolder {
    /** Opens "name" from its first byte; the caller closes it. Fails if there is no such file. */
    InputStream open(String name) throws IOException;
}
