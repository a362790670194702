package tfdistill.keyboard.host;

import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.LongByReference;
import com.sun.jna.ptr.PointerByReference;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The C functions of libLiteRt.so. They belong to ai-edge-litert 2.3.0: another version may take
 * other arguments.
 */
final class LiteRt {
    static final int INT32 = 2;
    static final int FLOAT32 = 1;
    static final int HOST_MEMORY = 1;
    static final int CPU = 1;

    private final NativeLibrary library;

    LiteRt(Path path) {
        library = NativeLibrary.getInstance(path.toAbsolutePath().toString());
    }

    /** Calls a function whose answer is 0 for success. */
    void call(String function, Object... arguments) {
        int status = library.getFunction("LiteRt" + function).invokeInt(arguments);
        if (status != 0) {
            throw new IllegalStateException("LiteRt" + function + " failed with " + status);
        }
    }

    /** Calls a function whose last argument takes a pointer. */
    Pointer pointer(String function, Object... arguments) {
        PointerByReference result = new PointerByReference();
        call(function, and(arguments, result));
        return result.getValue();
    }

    /** Calls a function whose last argument takes a number of things. */
    long count(String function, Object... arguments) {
        LongByReference result = new LongByReference();
        call(function, and(arguments, result));
        return result.getValue();
    }

    /** Calls a function whose last argument takes a C string. */
    String string(String function, Object... arguments) {
        return pointer(function, arguments).getString(0, "UTF-8");
    }

    void destroy(String what, Pointer pointer) {
        if (pointer != null) {
            library.getFunction("LiteRtDestroy" + what).invokeVoid(new Object[] {pointer});
        }
    }

    private static Object[] and(Object[] arguments, Object last) {
        Object[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = last;
        return all;
    }
}
