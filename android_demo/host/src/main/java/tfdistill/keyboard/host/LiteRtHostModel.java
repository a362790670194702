package tfdistill.keyboard.host;

import com.sun.jna.Pointer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import tfdistill.keyboard.ModelDescription;
import tfdistill.keyboard.NextWordModel;
import tfdistill.keyboard.RefusedModelException;

/** The model on a desktop's LiteRT. Signatures, inputs and the output are found by name. */
public final class LiteRtHostModel implements NextWordModel {
    private final LiteRt runtime;
    private Pointer environment;
    private Pointer model;
    private Pointer options;
    private Pointer compiled;
    /** By the number of tokens. */
    private final Map<Integer, Signature> signatures = new HashMap<>();

    /** Loads a file and compares its signatures with the description. */
    public LiteRtHostModel(Path library, Path file, ModelDescription description)
            throws RefusedModelException {
        runtime = new LiteRt(library);
        try {
            environment = runtime.pointer("CreateEnvironment", 0, Pointer.NULL);
            model = runtime.pointer("CreateModelFromFile", environment, file.toString());
            options = runtime.pointer("CreateOptions");
            runtime.call("SetOptionsHardwareAccelerators", options, LiteRt.CPU);
            compiled = runtime.pointer("CreateCompiledModel", environment, model, options);
            Map<String, Long> keys = keys();
            for (int length : description.lengths()) {
                String key = "tokens_" + length;
                if (!keys.containsKey(key)) {
                    throw new RefusedModelException("the model has no signature " + key);
                }
                signatures.put(length,
                        new Signature(keys.get(key), length, description.vocabularySize));
            }
        } catch (RefusedModelException | RuntimeException error) {
            close();
            throw error;
        }
    }

    private Map<String, Long> keys() {
        Map<String, Long> keys = new HashMap<>();
        for (long index = 0; index < runtime.count("GetNumModelSignatures", model); index++) {
            keys.put(runtime.string("GetSignatureKey", signature(index)), index);
        }
        return keys;
    }

    private Pointer signature(long index) {
        return runtime.pointer("GetModelSignature", model, index);
    }

    @Override
    public void run(int[] tokenIds, int position, float[] logits) {
        signatures.get(tokenIds.length).run(tokenIds, position, logits);
    }

    @Override
    public void close() {
        for (Signature each : signatures.values()) {
            each.close();
        }
        signatures.clear();
        runtime.destroy("CompiledModel", compiled);
        runtime.destroy("Options", options);
        runtime.destroy("Model", model);
        runtime.destroy("Environment", environment);
        compiled = options = model = environment = null;
    }

    /** The model for one number of tokens, with its buffers. */
    private final class Signature {
        private final long index;
        private final Map<String, HostTensor> tensors = new HashMap<>();
        private final Pointer[] inputs = new Pointer[2];

        Signature(long index, int length, int vocabularySize) throws RefusedModelException {
            this.index = index;
            Pointer signature = signature(index);
            List<String> names = names(signature, "Input");
            check(names, "token_ids", "position");
            check(names(signature, "Output"), "logits");
            add(signature, "Input", "token_ids", LiteRt.INT32, 1, length);
            add(signature, "Input", "position", LiteRt.INT32, 1);
            add(signature, "Output", "logits", LiteRt.FLOAT32, 1, vocabularySize);
            for (int i = 0; i < inputs.length; i++) {
                inputs[i] = tensors.get(names.get(i)).buffer;
            }
        }

        private List<String> names(Pointer signature, String side) {
            List<String> names = new ArrayList<>();
            long count = runtime.count("GetNumSignature" + side + "s", signature);
            for (long i = 0; i < count; i++) {
                names.add(runtime.string("GetSignature" + side + "Name", signature, i));
            }
            return names;
        }

        private void check(List<String> found, String... expected) throws RefusedModelException {
            if (!new HashSet<>(found).equals(new HashSet<>(Arrays.asList(expected)))) {
                throw new RefusedModelException("the model should name "
                        + Arrays.toString(expected) + ", names " + found);
            }
        }

        private void add(Pointer signature, String side, String name, int type, int... shape)
                throws RefusedModelException {
            Pointer tensor = runtime.pointer("GetSignature" + side + "Tensor", signature, name);
            tensors.put(name, new HostTensor(runtime, environment, tensor, name, type, shape));
        }

        void run(int[] tokenIds, int position, float[] logits) {
            tensors.get("token_ids").write(tokenIds);
            tensors.get("position").write(position);
            HostTensor output = tensors.get("logits");
            runtime.call("RunCompiledModel", compiled, index, (long) inputs.length, inputs, 1L,
                    new Pointer[] {output.buffer});
            output.read(logits);
        }

        void close() {
            for (HostTensor tensor : tensors.values()) {
                runtime.destroy("TensorBuffer", tensor.buffer);
            }
        }
    }
}
