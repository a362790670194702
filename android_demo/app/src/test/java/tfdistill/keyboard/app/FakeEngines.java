package tfdistill.keyboard.app;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.NextWordModel;
import tfdistill.keyboard.SuggestionEngine;

/** A real engine over ten words; its model may be slow, its files may be broken. */
final class FakeEngines implements EngineSource {
    static final List<String> ENTRIES = Arrays.asList("[PAD]", "[UNK]", "[START]", "[NUMBER]", ".",
            "you", "the", "see", "tomorrow", "then", "there", "I'm", "your", "young");
    final AtomicInteger calls = new AtomicInteger();
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    private final CountDownLatch asked = new CountDownLatch(1);
    volatile Thread owner;
    volatile CountDownLatch hold;
    volatile CountDownLatch opening;
    final FilesOnDisk files;

    FakeEngines() {
        try {
            files = new FilesOnDisk();
        } catch (IOException error) {
            throw new AssertionError(error);
        }
    }

    /** Waits until the model has been asked at least once. */
    void awaitCall() throws InterruptedException {
        if (!asked.await(60, TimeUnit.SECONDS)) {
            throw new AssertionError("the model was not asked");
        }
    }

    /** Waits for a latch, if there is one. */
    private static void await(CountDownLatch latch) throws IOException {
        try {
            if (latch != null) {
                latch.await();
            }
        } catch (InterruptedException error) {
            throw new IOException(error);
        }
    }

    @Override
    public ModelDescription describe() throws IOException {
        return files.describe();
    }

    @Override
    public SuggestionEngine open() throws IOException {
        opened.incrementAndGet();
        owner = Thread.currentThread();
        await(opening);
        return SuggestionEngine.read(files, describe(), new Model());
    }

    /** Prefers the vocabulary's order. */
    private final class Model implements NextWordModel {
        @Override
        public void run(int[] tokenIds, int position, float[] logits) throws IOException {
            calls.incrementAndGet();
            asked.countDown();
            await(hold);
            for (int id = 0; id < logits.length; id++) {
                logits[id] = -id;
            }
        }

        @Override
        public void close() throws IOException {
            closed.incrementAndGet();
            if (Thread.currentThread() != owner) {
                throw new IOException("closed on another thread");
            }
        }
    }
}
