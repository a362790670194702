package tfdistill.keyboard.app;

import android.os.Handler;
import android.os.HandlerThread;
import android.os.Looper;
import android.os.Message;
import android.os.Process;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import tfdistill.keyboard.SuggestionEngine;
import tfdistill.keyboard.TypedText;

/**
 * Owns the engine on a thread of its own: made at the first question, closed on that thread.
 *
 * <p>At most one question waits; a newer one takes its place. Called on the main thread.
 */
final class SuggestionWorker {
    static final int SHOWN = 3;
    private static final int ASK = 1;
    private static final int CLOSE = 2;
    private static final int FORGET = 3;

    /** Hears the answers, on the main thread. */
    interface Listener {
        /** Takes the words for a request; none if the model failed. */
        void onSuggestions(int request, List<String> words);
    }

    private final EngineSource source;
    private final Listener listener;
    private final Handler main = new Handler(Looper.getMainLooper());
    private final HandlerThread thread =
            new HandlerThread("suggestions", Process.THREAD_PRIORITY_DEFAULT);
    private final Handler handler;
    /** Both belong to the thread. */
    private SuggestionEngine engine;
    private boolean isRefused;
    /** Whether the engine was opened or refused, so that an answer takes no longer than it. */
    private volatile boolean isReady;

    SuggestionWorker(EngineSource source, Listener listener) {
        this.source = source;
        this.listener = listener;
        thread.start();
        handler = new Handler(thread.getLooper(), new Handler.Callback() {
            @Override
            public boolean handleMessage(Message message) {
                handle(message);
                return true;
            }
        });
    }

    /** Asks for the words that go on with a text; forgets a question that still waits. */
    void ask(int request, TypedText typed) {
        forget();
        handler.sendMessage(handler.obtainMessage(ASK, request, 0, typed));
    }

    /** Drops the question that waits, and with it the text. */
    void forget() {
        handler.removeMessages(ASK);
    }

    /** Drops the question that waits, and what the last ones have left in the engine. */
    void forgetField() {
        forget();
        handler.sendEmptyMessage(FORGET);
    }

    /** Tells whether a question is answered by an engine that is open already. */
    boolean isReady() {
        return isReady;
    }

    /** Closes the engine once the question under way is answered; the answer is dropped. */
    void close() {
        forget();
        handler.sendEmptyMessage(CLOSE);
        main.removeCallbacksAndMessages(null);
    }

    private void handle(Message message) {
        if (message.what == CLOSE) {
            closeEngine();
            thread.quit();
            return;
        }
        if (message.what == FORGET) {
            if (engine != null) {
                engine.forget();
            }
            return;
        }
        final int request = message.arg1;
        final List<String> words = suggest((TypedText) message.obj);
        main.post(new Runnable() {
            @Override
            public void run() {
                listener.onSuggestions(request, words);
            }
        });
    }

    private List<String> suggest(TypedText typed) {
        if (!isRefused) {
            try {
                engine = engine == null ? source.open() : engine;
                isReady = true;
                return engine.suggest(typed.context, typed.prefix, SHOWN);
            } catch (IOException error) {
                refuse();
            } catch (RuntimeException error) {
                refuse();
            }
        }
        return Collections.emptyList();
    }

    /** A model that fails is not asked again; the settings check it and say why. */
    private void refuse() {
        isRefused = true;
        isReady = true;
        closeEngine();
    }

    private void closeEngine() {
        if (engine != null) {
            try {
                engine.close();
            } catch (IOException error) {
                isRefused = true;
            }
            engine = null;
        }
    }
}
