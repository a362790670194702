package tfdistill.keyboard.app;

import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.Test;
import tfdistill.keyboard.RefusedModelException;

/** A desktop has no Android library: the class cannot run here, only refuse. */
public class TfliteNextWordModelTest {
    @Test
    public void withoutTheLibraryTheModelIsRefused() throws IOException {
        try {
            new TfliteNextWordModel(
                    ByteBuffer.allocateDirect(64), new FilesOnDisk().describe(), 1);
            fail("there is no library");
        } catch (RefusedModelException error) {
            assertTrue(error.getMessage(),
                    error.getMessage().startsWith("TensorFlow Lite does not load: "));
        }
    }
}
