package tfdistill.keyboard.app;

import java.io.IOException;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.SuggestionEngine;

/** Where the service and the screens get the model from; tests have another one. */
interface EngineSource {
    /** Checks the files and returns what they are; the message of a failure is shown. */
    ModelDescription describe() throws IOException;

    /** Checks and loads the model. The thread that calls it owns the engine and closes it. */
    SuggestionEngine open() throws IOException;
}
