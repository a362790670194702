package tfdistill.keyboard.app;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.tensorflow.lite.DataType;
import org.tensorflow.lite.Interpreter;
import org.tensorflow.lite.Tensor;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.NextWordModel;
import tfdistill.keyboard.RefusedModelException;

/** The model on TensorFlow Lite: the only class that knows the runtime. */
final class TfliteNextWordModel implements NextWordModel {
    private static final int BYTES = 4;

    private final Interpreter interpreter;
    /** For each length the inputs of its signature, by name. */
    private final Map<Integer, Map<String, Object>> inputs =
            new HashMap<Integer, Map<String, Object>>();
    private final ByteBuffer position = buffer(1);
    private final ByteBuffer logits;
    private final Map<String, Object> outputs;

    /** Loads a mapped file and compares its signatures with the description. */
    TfliteNextWordModel(ByteBuffer file, ModelDescription description, int threads)
            throws RefusedModelException {
        logits = buffer(description.vocabularySize);
        outputs = Collections.<String, Object>singletonMap("logits", logits);
        interpreter = load(file, threads);
        try {
            for (int length : description.lengths()) {
                check(length, description.vocabularySize);
                inputs.put(length, inputs(length));
            }
        } catch (RefusedModelException error) {
            interpreter.close();
            throw error;
        }
    }

    private static ByteBuffer buffer(int numbers) {
        return ByteBuffer.allocateDirect(BYTES * numbers).order(ByteOrder.nativeOrder());
    }

    private static Interpreter load(ByteBuffer file, int threads) throws RefusedModelException {
        try {
            return new Interpreter(file, new Interpreter.Options().setNumThreads(threads));
        } catch (LinkageError error) {
            // No library for this phone, or one that its page size does not take.
            throw new RefusedModelException("TensorFlow Lite does not load: " + error, error);
        } catch (RuntimeException error) {
            throw new RefusedModelException("TensorFlow Lite refuses the model: "
                    + error.getMessage(), error);
        }
    }

    private static String signature(int length) {
        return "tokens_" + length;
    }

    private void check(int length, int vocabularySize) throws RefusedModelException {
        String key = signature(length);
        if (!Arrays.asList(interpreter.getSignatureKeys()).contains(key)) {
            throw new RefusedModelException("the model has no signature " + key);
        }
        checkNames(interpreter.getSignatureInputs(key), "token_ids", "position");
        checkNames(interpreter.getSignatureOutputs(key), "logits");
        checkTensor(interpreter.getInputTensorFromSignature("token_ids", key),
                DataType.INT32, 1, length);
        checkTensor(interpreter.getInputTensorFromSignature("position", key), DataType.INT32, 1);
        checkTensor(interpreter.getOutputTensorFromSignature("logits", key),
                DataType.FLOAT32, 1, vocabularySize);
    }

    private static void checkNames(String[] found, String... expected)
            throws RefusedModelException {
        if (!new HashSet<String>(Arrays.asList(found))
                .equals(new HashSet<String>(Arrays.asList(expected)))) {
            throw new RefusedModelException("the model should name " + Arrays.toString(expected)
                    + ", names " + Arrays.toString(found));
        }
    }

    private static void checkTensor(Tensor tensor, DataType type, int... shape)
            throws RefusedModelException {
        if (tensor.dataType() != type || !Arrays.equals(tensor.shape(), shape)) {
            throw new RefusedModelException("the model should have " + tensor.name() + " as "
                    + type + " " + Arrays.toString(shape) + ", has " + tensor.dataType() + " "
                    + Arrays.toString(tensor.shape()));
        }
    }

    private Map<String, Object> inputs(int length) {
        Map<String, Object> result = new HashMap<String, Object>();
        result.put("token_ids", buffer(length));
        result.put("position", position);
        return result;
    }

    @Override
    public void run(int[] tokenIds, int position, float[] logits) {
        Map<String, Object> given = inputs.get(tokenIds.length);
        ByteBuffer ids = (ByteBuffer) given.get("token_ids");
        ids.rewind();
        ids.asIntBuffer().put(tokenIds);
        this.position.putInt(0, position);
        this.logits.rewind();
        interpreter.runSignature(given, outputs, signature(tokenIds.length));
        this.logits.rewind();
        this.logits.asFloatBuffer().get(logits);
    }

    @Override
    public void close() {
        interpreter.close();
    }
}
