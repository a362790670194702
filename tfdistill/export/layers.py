"""Which layer loses it: the activations inside a file against Keras's.

The file is run by the plain interpreter, which keeps every tensor; they are found by
the names that the forward pass gave them.
"""

import dataclasses
import os
import pathlib

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tfdistill.bert.encoder import BertEncoder
from tfdistill.data import Encoded
from tfdistill.data.batching import make_batch
from tfdistill.export import flat
from tfdistill.export.runtime import INPUT_NAMES, TfliteModel
from tfdistill.export.tensor_names import find_places

NUM_EXAMPLES = 16


@dataclasses.dataclass(frozen=True)
class LayerError:
    """One place of the model, the file against Keras, over real tokens.

    Attributes:
        name: str, such as "layer_2/attention/scores" or "layer_2/output".
        relative: float, root of (squared difference / squares of Keras's values).
        added: float, what this place adds to that of the place before it.
    """

    name: str
    relative: float
    added: float


def layer_errors(
    model: BertEncoder,
    path: str | os.PathLike,
    encoded: Encoded,
    num_examples: int = NUM_EXAMPLES,
) -> tuple[LayerError, ...]:
    """Compare embeddings, attention scores and layers, in the order of the model.

    Args:
        model: BertEncoder that the file was made from.
        path: `.tflite` file.
        encoded: Encoded, none longer than the file takes.
        num_examples: int. Texts to run, spread evenly over `encoded`.

    Raises:
        ValueError: the file does not run.
    """
    count = min(num_examples, len(encoded))
    rows = np.linspace(0, len(encoded) - 1, count).astype(int)
    inside = _Inside(path, int(encoded.lengths[rows].max()))
    squares = {}
    for row in rows:
        batch = make_batch(encoded, np.array([row]), inside.length)
        inputs = batch if isinstance(batch, dict) else batch[0]
        inputs = {name: np.asarray(inputs[name], np.int32) for name in INPUT_NAMES}
        real = int(encoded.lengths[row])
        values = inside.run(inputs)
        for name, truth in _keras_values(model, inputs):
            if name in values:
                theirs = _cut(values[name], real, name)
                ours = _cut(truth, real, name)[..., : theirs.shape[-2], :]
                sums = squares.setdefault(name, np.zeros(2))
                sums += [np.square(ours - theirs).sum(), np.square(ours).sum()]
    return _with_added({k: float(np.sqrt(a / b)) for k, (a, b) in squares.items()})


def worst(errors, count: int = 3) -> tuple[LayerError, ...]:
    """Return the places that add most, the worst first."""
    return tuple(sorted(errors, key=lambda each: -each.added)[:count])


def _with_added(relative: dict[str, float]) -> tuple[LayerError, ...]:
    errors, before = [], 0.0
    for name, value in relative.items():
        added = float(np.sqrt(max(value**2 - before**2, 0.0)))
        errors.append(LayerError(name, value, added))
        if name.endswith("output"):  # Scores lead nowhere but through a softmax.
            before = value
    return tuple(errors)


def _keras_values(model, inputs):
    """Yield (name, float32 (..., rows, columns)) in the order of the model."""
    outputs = model(inputs, training=False)
    states, scores = outputs["hidden_states"], outputs["attention_scores"]
    yield "embeddings/output", np.asarray(states[0])[0] - _shift(model.embeddings.norm)
    pairs = zip(model.blocks, scores, states[1:], strict=True)
    for number, (block, score, state) in enumerate(pairs, start=1):
        yield f"layer_{number}/attention/scores", np.asarray(score)[0]
        yield f"layer_{number}/output", np.asarray(state)[0] - _shift(_last_norm(block))


def _last_norm(block):
    if block.config.bottleneck_dim is None:
        return block.feed_forward.norm
    return block.expansion_norm


def _shift(norm) -> np.ndarray:
    """The file never adds the norm's shift to an activation (`stream.py`)."""
    return np.asarray(norm.beta.value, np.float32)


def _cut(value, real: int, name: str) -> np.ndarray:
    """Leave what belongs to real tokens: rows, and the columns of scores."""
    return value[..., :real, :real] if name.endswith("scores") else value[..., :real, :]


class _Inside:
    """A file whose inner activations can be read after a run."""

    def __init__(self, path, longest: int):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        lengths = TfliteModel(path).sequence_lengths
        self.length = next((n for n in lengths if n >= longest), lengths[-1])
        interpreter = Interpreter(
            str(path),
            experimental_preserve_all_tensors=True,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        self._model = TfliteModel(path, interpreter=interpreter)
        content = flat.unpack(pathlib.Path(path).read_bytes())
        self._number = self._model.subgraph(self.length)
        graph = content.subgraphs[self._number]
        self._places = {
            name: (index, graph.tensors[index])
            for name, index in find_places(graph).items()
        }

    def run(self, inputs) -> dict[str, np.ndarray]:
        """Return float32 (..., rows, columns) by the name of the place."""
        self._model.run(inputs)
        values = {}
        for name, (index, tensor) in self._places.items():
            x = self._model.interpreter.get_tensor(index, self._number)
            values[name] = _dequantized(x, tensor)
            if name.endswith("output"):
                values[name] = values[name].reshape(-1, x.shape[-1])
        return values


def _dequantized(x, tensor) -> np.ndarray:
    if tensor.type == schema.TensorType.FLOAT32:
        return x
    scale, zero = tensor.quantization.scale[0], tensor.quantization.zeroPoint[0]
    return (x.astype(np.float32) - zero) * scale
