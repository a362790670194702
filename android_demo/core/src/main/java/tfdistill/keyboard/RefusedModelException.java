package tfdistill.keyboard;

import java.io.IOException;

/** The model's files do not fit each other or this app. The message is shown to people. */
public final class RefusedModelException extends IOException {
    private static final long serialVersionUID = 1L;

    public RefusedModelException(String message) {
        super(message);
    }

    public RefusedModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
