"""The parts of arm_check.sh: texts, runs (here and emulated), comparison.

    arm_check.py inputs RUN COUNT LENGTH FOLDER     needs this package
    arm_check.py run NAME FOLDER FILE...            needs numpy and a TFLite runtime
    arm_check.py compare FOLDER FILE...             writes FOLDER/arm.md; 1 if one fails

A file passes if every text whose first two classes lie further apart than twice the
tolerance has the same class, and no logit differs by more than the tolerance.
"""

import pathlib
import sys

import numpy as np

HOST, OLD = "host", "tflite-runtime-2.14"
OTHERS = ("cortex-a53", "cortex-a76", "max", OLD)
# Of the largest logit. Int8 rounds activations, and kernels sum in different orders.
TOLERANCES = {"float32": 1e-5, "float16": 1e-5, "weight_only_int8": 1e-5}
QUANTIZED = 0.02


def inputs(run, count, length, folder):
    """Save int32 (count, length) inputs of held-out texts that fit, spread evenly."""
    from tfdistill.data.batching import make_batch
    from tfdistill.export.held_out import load_held_out

    _, encoded = load_held_out(run)
    fitting = np.flatnonzero(encoded.lengths <= int(length))
    rows = fitting[np.linspace(0, len(fitting) - 1, int(count)).astype(int)]
    batch = make_batch(encoded, rows, int(length))
    batch = batch if isinstance(batch, dict) else batch[0]
    path = pathlib.Path(folder, "inputs.npz")
    np.savez(path, labels=encoded.labels[rows], **batch)


def run(name, folder, *files):
    """Save float32 (count, classes) logits of every file."""
    if name == OLD:
        from tflite_runtime.interpreter import Interpreter
    else:
        from ai_edge_litert.interpreter import Interpreter

    given = dict(np.load(pathlib.Path(folder, "inputs.npz")))
    del given["labels"]
    length = given["token_ids"].shape[1]
    for file in files:
        interpreter = Interpreter(str(file), num_threads=1)
        runner = interpreter.get_signature_runner(_signature(interpreter, length))
        logits = [
            runner(**{key: x[row, None] for key, x in given.items()})["logits"]
            for row in range(len(given["token_ids"]))
        ]
        saved = _saved(folder, pathlib.Path(file).stem, name)
        np.save(saved, np.concatenate(logits))
        print(name, pathlib.Path(file).name, flush=True)


def compare(folder, *files):
    """Print and write the table; return whether every file passed."""
    folder = pathlib.Path(folder)
    given = np.load(folder / "inputs.npz")
    labels, length = given["labels"], given["token_ids"].shape[1]
    stems = [pathlib.Path(file).stem for file in files]
    names = [
        name
        for name in OTHERS
        if all(_saved(folder, stem, name).exists() for stem in stems)
    ]
    lines = [
        "# Other processors and runtimes against LiteRT on x86",
        "",
        f"{len(labels)} held-out texts, padded to {length} tokens. Largest difference "
        "of a logit as a share of the largest logit, and texts with another class. "
        "Cortex and `max` are ARM processors under qemu-user.",
        "",
        "| file | tolerance | " + " | ".join(names) + " | accuracy, x86 first |",
        "|" + "---|" * (len(names) + 3),
    ]
    has_passed = True
    for file in map(pathlib.Path, files):
        tolerance = TOLERANCES.get(file.stem, QUANTIZED)
        ours = np.load(_saved(folder, file.stem, HOST))
        cells, scores = [], [_accuracy(ours, labels)]
        for name in names:
            theirs = np.load(_saved(folder, file.stem, name))
            limit = tolerance * np.abs(ours).max()
            top = np.sort(ours, axis=1)
            is_sure = top[:, -1] - top[:, -2] > 2 * limit
            is_other = ours.argmax(1) != theirs.argmax(1)
            share = np.abs(ours - theirs).max() / np.abs(ours).max()
            is_right = share <= tolerance and not np.any(is_sure & is_other)
            has_passed &= bool(is_right)
            cells.append(
                f"{share:.1e}, {is_other.sum()}{'' if is_right else ' FAILED'}"
            )
            scores.append(_accuracy(theirs, labels))
        cells.append(" ".join(f"{100 * score:.1f}" for score in scores))
        lines.append(f"| {file.stem} | {tolerance:g} | " + " | ".join(cells) + " |")
    page = "\n".join(lines) + "\n"
    (folder / "arm.md").write_text(page)
    print(page)
    return has_passed


def _saved(folder, stem: str, name: str) -> pathlib.Path:
    return pathlib.Path(folder, f"{stem}.{name}.npy")


def _accuracy(logits, labels) -> float:
    return float(np.mean(logits.argmax(1) == labels))


def _signature(interpreter, length: int) -> str:
    names = list(interpreter.get_signature_list())
    return f"tokens_{length}" if f"tokens_{length}" in names else names[0]


if __name__ == "__main__":
    parts = {"inputs": inputs, "run": run, "compare": compare}
    sys.exit(parts[sys.argv[1]](*sys.argv[2:]) is False)
