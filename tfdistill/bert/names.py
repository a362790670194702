"""What each weight is called, here and in the three formats that BERT is published in.

One row per weight of a plain encoder and of the published heads; `{i}` is the layer.
Ours is the attribute's path in `BertEncoder`, KerasHub's is `variable.path`. None: the
format has no such weight (a KerasHub backbone has no head).
"""

import re

FORMATS = ("hugging_face", "google", "keras_hub")

_EMBEDDINGS = [
    (
        "embeddings.token.embeddings",
        "embeddings.word_embeddings.weight",
        "bert/embeddings/word_embeddings",
        "token_embedding/embeddings",
    ),
    (
        "embeddings.position.embeddings",
        "embeddings.position_embeddings.weight",
        "bert/embeddings/position_embeddings",
        "position_embedding/embeddings",
    ),
    (
        "embeddings.segment.embeddings",
        "embeddings.token_type_embeddings.weight",
        "bert/embeddings/token_type_embeddings",
        "segment_embedding/embeddings",
    ),
]

# Layers with two weights each: a kernel and a bias, or a norm's gamma and beta.
_EMBEDDING_NORM = [
    (
        "embeddings.norm",
        "embeddings.LayerNorm",
        "bert/embeddings/LayerNorm",
        "embeddings_layer_norm",
    ),
]
_BLOCK_DENSE = [
    (
        f"blocks.{{i}}.attention.{name}",
        f"encoder.layer.{{i}}.attention.self.{name}",
        f"bert/encoder/layer_{{i}}/attention/self/{name}",
        f"transformer_layer_{{i}}/self_attention_layer/{name}",
    )
    for name in ("query", "key", "value")
] + [
    (
        "blocks.{i}.attention.output_dense",
        "encoder.layer.{i}.attention.output.dense",
        "bert/encoder/layer_{i}/attention/output/dense",
        "transformer_layer_{i}/self_attention_layer/attention_output",
    ),
    (
        "blocks.{i}.feed_forward.inner",
        "encoder.layer.{i}.intermediate.dense",
        "bert/encoder/layer_{i}/intermediate/dense",
        "transformer_layer_{i}/feedforward_intermediate_dense",
    ),
    (
        "blocks.{i}.feed_forward.outer",
        "encoder.layer.{i}.output.dense",
        "bert/encoder/layer_{i}/output/dense",
        "transformer_layer_{i}/feedforward_output_dense",
    ),
]
_BLOCK_NORM = [
    (
        "blocks.{i}.attention_norm",
        "encoder.layer.{i}.attention.output.LayerNorm",
        "bert/encoder/layer_{i}/attention/output/LayerNorm",
        "transformer_layer_{i}/self_attention_layer_norm",
    ),
    (
        "blocks.{i}.feed_forward.norm",
        "encoder.layer.{i}.output.LayerNorm",
        "bert/encoder/layer_{i}/output/LayerNorm",
        "transformer_layer_{i}/feedforward_layer_norm",
    ),
]
_POOLER = [("pooler", "pooler.dense", "bert/pooler/dense", "pooled_dense")]
_MASKED_LM_DENSE = [
    (
        "head.transform",
        "cls.predictions.transform.dense",
        "cls/predictions/transform/dense",
        None,
    ),
]
_MASKED_LM_NORM = [
    (
        "head.norm",
        "cls.predictions.transform.LayerNorm",
        "cls/predictions/transform/LayerNorm",
        None,
    ),
]

# What a layer's two weights are called, in the order of the columns above.
_DENSE = [
    ("kernel", "weight", "kernel", "kernel"),
    ("bias", "bias", "bias", "bias"),
]
_NORM = [("gamma", "weight", "gamma", "gamma"), ("beta", "bias", "beta", "beta")]

# Weights of other heads, tied copies, counters and optimizer slots: never read.
_UNREAD = {
    "hugging_face": (
        r"embeddings\.(position_ids|token_type_ids)",
        r"pooler\..*",
        r"cls\..*",
        r"(classifier|token_classifier|qa_outputs)\..*",
    ),
    "google": (
        r".*/(adam|lamb)_[mv]",
        r"global_step|beta[12]_power",
        r"bert/pooler/.*",
        r"cls/.*",
        r"output_(weights|bias)",
    ),
    "keras_hub": (r"pooled_dense/.*",),
}


def _both(layers, weights):
    separators = (".", ".", "/", "/")
    return [
        tuple(
            layer and layer + separator + weight
            for layer, separator, weight in zip(row, separators, columns, strict=True)
        )
        for row in layers
        for columns in weights
    ]


BODY = _EMBEDDINGS + _both(_EMBEDDING_NORM, _NORM)
BLOCK = _both(_BLOCK_DENSE, _DENSE) + _both(_BLOCK_NORM, _NORM)
POOLER = _both(_POOLER, _DENSE)

# By the head's class: the weights that its published counterpart has.
HEADS = {
    "MaskedLM": [
        ("head.bias", "cls.predictions.bias", "cls/predictions/output_bias", None),
        *_both(_MASKED_LM_DENSE, _DENSE),
        *_both(_MASKED_LM_NORM, _NORM),
    ],
    "Classification": [
        ("head.classifier.kernel", "classifier.weight", "output_weights", None),
        ("head.classifier.bias", "classifier.bias", "output_bias", None),
    ],
    "Regression": [
        ("head.regressor.kernel", "classifier.weight", "output_weights", None),
        ("head.regressor.bias", "classifier.bias", "output_bias", None),
    ],
    "TokenClassification": [
        ("head.classifier.kernel", "token_classifier.weight", None, None),
        ("head.classifier.bias", "token_classifier.bias", None, None),
    ],
}


def body_names(layout: str, num_layers: int, has_pooler: bool) -> list[tuple[str, str]]:
    """Return (our name, the name in `layout`) for every weight of an encoder.

    >>> body_names("google", 0, False)[0]
    ('embeddings.token.embeddings', 'bert/embeddings/word_embeddings')
    """
    rows = list(BODY)
    for i in range(num_layers):
        rows += [tuple(name.format(i=i) for name in row) for row in BLOCK]
    return _columns(layout, rows + (POOLER if has_pooler else []))


def head_names(layout: str, head: str) -> list[tuple[str, str]]:
    """Return (our name, the name in `layout`) for a head of class `head`.

    The list is empty if the format has no such head.

    >>> head_names("hugging_face", "Regression")[1]
    ('head.regressor.bias', 'classifier.bias')
    """
    return _columns(layout, HEADS.get(head, []))


def is_unread(layout: str, name: str) -> bool:
    """Tell whether a weight belongs to other heads or to an optimizer."""
    return any(re.fullmatch(pattern, name) for pattern in _UNREAD[layout])


def _columns(layout, rows):
    column = 1 + FORMATS.index(layout)
    return [(row[0], row[column]) for row in rows if row[column] is not None]
