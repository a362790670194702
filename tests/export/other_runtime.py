"""Run a `.tflite` file with tflite-runtime, in a Python that has nothing else.

    PYTHON other_runtime.py FILE INPUTS.npz OUTPUTS.npz [SIGNATURE]

The inputs are int32 (n, length) by name; rows go through one after the other.
"""

import sys

import numpy as np
from tflite_runtime.interpreter import Interpreter


def main(path, inputs, outputs, signature=None):
    """Run every row and save float32 (n, ...) by output name."""
    rows = dict(np.load(inputs))
    interpreter = Interpreter(path)
    runner = interpreter.get_signature_runner(signature)
    count = len(next(iter(rows.values())))
    answers = [
        runner(**{k: v[i : i + 1] for k, v in rows.items()}) for i in range(count)
    ]
    joined = {k: np.concatenate([a[k] for a in answers]) for k in answers[0]}
    np.savez(outputs, **joined)


if __name__ == "__main__":
    main(*sys.argv[1:])
