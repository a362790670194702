"""Weight clustering: kernels of few different values, by tfmot's algorithm."""

import keras
import tensorflow as tf

from tfdistill.bert.encoder import BertEncoder
from tfdistill.quantize.encoder import QuantizedEncoder
from tfdistill.quantize.pruning import kernels_of
from tfdistill.quantize.substituted import plain_student, substituted
from tfdistill.quantize.tfmot import load_clustering


@keras.saving.register_keras_serializable("tfdistill")
class ClusteredEncoder(BertEncoder):
    """A `BertEncoder` whose kernels are read as their nearest centroids.

    Inputs, outputs, layers and weights are those of a `BertEncoder`; besides, each
    kernel has centroids, float32 (num_clusters,), that train with it. Gradients reach
    the centroids and, straight through, the kernel (tfmot's clustering).

    Args: as `BertEncoder`, and
        num_clusters: int. Different values that a kernel may have.
    """

    def __init__(self, config, head=None, num_clusters: int = 16, **kwargs):
        super().__init__(config, head, **kwargs)
        algorithms, _ = load_clustering()
        self.num_clusters = num_clusters
        self.centroids = [
            self.add_weight(
                name="centroids", shape=(num_clusters,), initializer="zeros"
            )
            for _ in kernels_of(self)
        ]
        self._rules = [
            algorithms.ClusteringAlgorithm(each.value) for each in self.centroids
        ]

    def call(self, inputs, training=False, return_qkv: bool = False):
        """Run the encoder and its head; see `BertEncoder` for the dictionary."""
        with substituted(self, self.clustered_values()):
            return super().call(inputs, training=training, return_qkv=return_qkv)

    def clustered_values(self) -> list:
        """Return (kernel, float32 of its shape as it is read, of few values)."""
        pairs = []
        for kernel, rule in zip(kernels_of(self), self._rules, strict=True):
            value = kernel.value
            indices = rule.get_pulling_indices(value)
            read = rule.get_clustered_weight(indices, tf.identity(value))
            pairs.append((kernel, read))
        return pairs

    @property
    def student_weights(self) -> list:
        """The weights that the student itself has, in its order."""
        own = {id(each) for each in self.centroids}
        return [each for each in self.weights if id(each) not in own]

    def get_config(self):
        return {**super().get_config(), "num_clusters": self.num_clusters}


def cluster(student: BertEncoder, num_clusters: int = 16) -> ClusteredEncoder:
    """Return a copy of a student whose kernels have few different values.

    Args:
        student: BertEncoder, of any config and head. Stays as it is.
        num_clusters: int, 2 or more.

    Returns:
        ClusteredEncoder. Train it with `fit` or as the student of a `Distiller`; then
        `strip_clusters`.

    Raises:
        ValueError: another kind of model, or no tfmot.
    """
    if not isinstance(student, BertEncoder) or isinstance(
        student, (QuantizedEncoder, ClusteredEncoder)
    ):
        raise ValueError(
            f"cluster expects a BertEncoder that is neither under fake quantization "
            f"nor clustered; got {type(student).__name__}."
        )
    if num_clusters < 2:
        raise ValueError(f"num_clusters is 2 or more; got {num_clusters!r}.")
    clustered = ClusteredEncoder.from_config(
        {**student.get_config(), "num_clusters": num_clusters}
    )
    for source, target in zip(student.weights, clustered.student_weights, strict=True):
        target.assign(source)
    _, initialisations = load_clustering()
    for kernel, centroids in zip(
        kernels_of(clustered), clustered.centroids, strict=True
    ):
        begin = initialisations.KmeansPlusPlusCentroidsInitialisation(
            kernel.value, num_clusters
        )
        centroids.assign(begin.get_cluster_centroids())
    return clustered


def strip_clusters(model: ClusteredEncoder) -> BertEncoder:
    """Return a plain student whose kernels hold their nearest centroids.

    Args:
        model: ClusteredEncoder.
    """
    return plain_student(model, "num_clusters", model.clustered_values())
