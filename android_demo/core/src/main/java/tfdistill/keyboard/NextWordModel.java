package tfdistill.keyboard;

import java.io.Closeable;
import java.io.IOException;

/**
 * Says which word comes next. One thread owns it: it makes it, calls it and closes it.
 *
 * <p>The text itself never reaches it, ids do.
 */
public interface NextWordModel extends Closeable {
    /**
     * Writes one logit for each entry of the vocabulary.
     *
     * @param tokenIds as many as one of the model's lengths; what stands after "position" is 0
     * @param position index of the last token that counts
     * @param logits as many as the vocabulary has entries; overwritten
     */
    void run(int[] tokenIds, int position, float[] logits) throws IOException;
}
