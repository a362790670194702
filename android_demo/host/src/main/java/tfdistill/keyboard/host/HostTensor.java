package tfdistill.keyboard.host;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;
import java.util.Arrays;
import tfdistill.keyboard.RefusedModelException;

/** One input or output of a signature, and the memory that it is passed in. */
final class HostTensor {
    private static final int WRITE = 1;
    private static final int READ = 0;
    /** Size of LiteRtRankedTensorType: element type, rank, dimensions and strides. */
    private static final int TYPE_BYTES = 72;

    private final LiteRt runtime;
    final Pointer buffer;

    /** Takes what LiteRtGetSignatureInputTensor gives; fails if it is not as expected. */
    HostTensor(LiteRt runtime, Pointer environment, Pointer tensor, String name, int type,
            int... shape) throws RefusedModelException {
        this.runtime = runtime;
        Memory found = new Memory(TYPE_BYTES);
        found.clear();
        runtime.call("GetRankedTensorType", tensor, found);
        check(found, name, type, shape);
        long bytes = 4;
        for (int size : shape) {
            bytes *= size;
        }
        buffer = runtime.pointer("CreateManagedTensorBuffer", environment, LiteRt.HOST_MEMORY,
                found, bytes);
    }

    private static void check(Memory found, String name, int type, int[] shape)
            throws RefusedModelException {
        int rank = found.getInt(4) & 0x7f;
        int[] dimensions = found.getIntArray(8, rank);
        if (found.getInt(0) != type || !Arrays.equals(dimensions, shape)) {
            throw new RefusedModelException("the model should have " + name + " as element type "
                    + type + " " + Arrays.toString(shape) + ", has " + found.getInt(0) + " "
                    + Arrays.toString(dimensions));
        }
    }

    /** Returns the buffer's memory; LiteRtLockTensorBuffer takes its place before the mode. */
    private Pointer lock(int mode) {
        PointerByReference memory = new PointerByReference();
        runtime.call("LockTensorBuffer", buffer, memory, mode);
        return memory.getValue();
    }

    void write(int... values) {
        lock(WRITE).write(0, values, 0, values.length);
        runtime.call("UnlockTensorBuffer", buffer);
    }

    void read(float[] values) {
        lock(READ).read(0, values, 0, values.length);
        runtime.call("UnlockTensorBuffer", buffer);
    }
}
