"""A `.tflite` file on the LiteRT interpreter, fed and read by name."""

import os

import numpy as np

INPUT_NAMES = ("token_ids", "segment_ids", "padding_mask")


class TfliteModel:
    """A `.tflite` file of this package, called like the model that it came from.

    Args:
        path: path of the file.
        num_threads: int.

    Attributes:
        sequence_length: int, the tokens of every text, padding included.
        output_names: tuple of str.

    Raises:
        ValueError: the file is missing, damaged, needs another runtime or has other
            inputs than token_ids, segment_ids and padding_mask.
    """

    def __init__(self, path: str | os.PathLike, num_threads: int = 1):
        self.path = path
        self.interpreter = _open(path, num_threads)
        self._inputs, self._outputs = _tensors(self.interpreter, path)
        shape = self.interpreter.get_tensor(self._inputs[INPUT_NAMES[0]]).shape
        self.sequence_length = int(shape[-1])
        self.output_names = tuple(self._outputs)

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run every row, one after the other.

        Args:
            inputs: dict of int32 (batch, sequence) token_ids, segment_ids and
                padding_mask, sequence at most `sequence_length`.

        Returns:
            dict of float32 (batch, ...) by output name. An output per token is cut back
            to (batch, sequence, ...).

        Raises:
            ValueError: an input is missing, or longer than `sequence_length`.
        """
        rows, length = self._check(inputs)
        padded = {name: self._pad(inputs[name]) for name in INPUT_NAMES}
        outputs = {name: [] for name in self.output_names}
        for row in range(rows):
            for name, index in self._inputs.items():
                self.interpreter.set_tensor(index, padded[name][row, None])
            self.interpreter.invoke()
            for name, index in self._outputs.items():
                outputs[name].append(self.interpreter.get_tensor(index)[0])
        joined = {name: np.stack(values) for name, values in outputs.items()}
        return {
            name: value[:, :length] if self._is_per_token(value) else value
            for name, value in joined.items()
        }

    def _is_per_token(self, value):
        return value.ndim == 3 and value.shape[1] == self.sequence_length

    def _pad(self, array):
        array = np.asarray(array, np.int32)
        return np.pad(array, ((0, 0), (0, self.sequence_length - array.shape[1])))

    def _check(self, inputs):
        missing = [name for name in INPUT_NAMES if name not in inputs]
        if missing:
            raise ValueError(f"The inputs lack {', '.join(missing)}.")
        rows, length = np.shape(inputs[INPUT_NAMES[0]])
        if rows == 0 or length > self.sequence_length:
            raise ValueError(
                f"{self.path} takes one or more texts of at most "
                f"{self.sequence_length} tokens; got {rows} of {length}. Cut the "
                "texts, or convert with a larger sequence_length."
            )
        return rows, length


def _open(path, num_threads: int):
    from ai_edge_litert.interpreter import Interpreter

    if not os.path.isfile(path):
        raise ValueError(f"{path} does not exist; expected a .tflite file.")
    try:
        interpreter = Interpreter(str(path), num_threads=num_threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ValueError(
            f"{path} does not run on this LiteRT ({str(error).splitlines()[0]})."
        ) from error
    return interpreter


def _tensors(interpreter, path) -> tuple[dict[str, int], dict[str, int]]:
    """Return the tensor numbers of the signature's inputs and outputs by name."""
    signatures = interpreter.get_signature_list()
    names = [list(each["inputs"]) for each in signatures.values()]
    if len(names) != 1 or set(names[0]) != set(INPUT_NAMES):
        raise ValueError(
            f"{path} has the signatures {names}; expected one with the inputs "
            f"{', '.join(INPUT_NAMES)}."
        )
    # A runner that lives on would keep the interpreter from being invoked directly.
    runner = interpreter.get_signature_runner()
    return tuple(
        {name: int(detail["index"]) for name, detail in details.items()}
        for details in (runner.get_input_details(), runner.get_output_details())
    )
