"""A `.tflite` file on the LiteRT interpreter, fed and read by name."""

import os

import numpy as np

INPUT_NAMES = ("token_ids", "segment_ids", "padding_mask")
# The same in the files of `--task=text_classifier`, by MediaPipe's names.
BERT_NAMES = ("input_word_ids", "input_type_ids", "input_mask")


class TfliteModel:
    """A `.tflite` file of this package, called like the model that it came from.

    Args:
        path: path of the file.
        num_threads: int.
        interpreter: one that has the file open already; None opens it.

    Attributes:
        sequence_lengths: tuple of int, ascending. Tokens that a text may be padded to.
        sequence_length: int, the longest of them.
        output_names: tuple of str.

    Raises:
        ValueError: the file is missing, damaged, needs another runtime or has other
            inputs than token_ids, segment_ids and padding_mask.
    """

    def __init__(self, path: str | os.PathLike, num_threads: int = 1, interpreter=None):
        self.path = path
        self.interpreter = interpreter or _open(path, num_threads)
        self._signatures = _signatures(self.interpreter, path)
        self.sequence_lengths = tuple(sorted(self._signatures))
        self.sequence_length = self.sequence_lengths[-1]
        _, runner = self._signatures[self.sequence_length]
        self.output_names = tuple(runner.get_output_details())

    def __call__(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run every row, one after the other, at the least length that fits.

        Args:
            inputs: dict of int32 (batch, sequence) token_ids, segment_ids and
                padding_mask, sequence at most `sequence_length`.

        Returns:
            dict of float32 (batch, ...) by output name. An output per token is cut back
            to (batch, sequence, ...).

        Raises:
            ValueError: an input is missing, or longer than `sequence_length`.
        """
        rows, given = self._check(inputs)
        length = next(each for each in self.sequence_lengths if each >= given)
        padded = {
            name: np.pad(
                np.asarray(inputs[name], np.int32), ((0, 0), (0, length - given))
            )
            for name in INPUT_NAMES
        }
        answers = [
            self.run({name: padded[name][row, None] for name in INPUT_NAMES})
            for row in range(rows)
        ]
        joined = {
            name: np.concatenate([answer[name] for answer in answers])
            for name in self.output_names
        }
        return {
            name: x[:, :given] if x.ndim == 3 and x.shape[1] == length else x
            for name, x in joined.items()
        }

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Run one text that is padded to one of `sequence_lengths` already.

        Args:
            inputs: dict of int32 (1, length) token_ids, segment_ids, padding_mask.

        Returns:
            dict of float32 (1, ...) by output name.

        Raises:
            ValueError: ids that the file does not have.
        """
        names, runner = self._signatures[inputs[INPUT_NAMES[0]].shape[1]]
        try:
            return runner(**{names[name]: inputs[name] for name in INPUT_NAMES})
        except RuntimeError as error:
            raise ValueError(
                f"{self.path} cannot run this text ({str(error).splitlines()[0]}): its "
                "token ids are of another vocabulary, or the file is damaged."
            ) from error

    def subgraph(self, length: int) -> int:
        """Return the number of the graph that runs texts of this length."""
        return self._signatures[length][1]._subgraph_index  # Nowhere public.

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


def _signatures(interpreter, path) -> dict[int, tuple[dict, object]]:
    """Return length to (our input name to the file's, runner)."""
    found = {}
    for key, ends in interpreter.get_signature_list().items():
        names = next(
            (
                dict(zip(INPUT_NAMES, known, strict=True))
                for known in (INPUT_NAMES, BERT_NAMES)
                if set(ends["inputs"]) == set(known)
            ),
            None,
        )
        if names is None:
            advice = ""
            if set(ends["inputs"]) == {"token_ids", "position"}:
                advice = " It is a keyboard's: `tfdistill-suggest` runs it."
            raise ValueError(
                f"{path} has a signature with the inputs {sorted(ends['inputs'])}; "
                f"expected {', '.join(INPUT_NAMES)}.{advice}"
            )
        runner = interpreter.get_signature_runner(key)
        shape = runner.get_input_details()[names[INPUT_NAMES[0]]]["shape"]
        found[int(shape[-1])] = names, runner
    if not found:
        raise ValueError(f"{path} has no signature; convert it with this package.")
    return found
