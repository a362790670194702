"""Knowledge distillation of BERT encoders, down to TFLite models for phones.

Every public name stands in one table; its module is imported when the name is first
used, so that `import tfdistill` itself loads neither Keras nor TensorFlow.
"""

import importlib

__version__ = "0.1.0"

_NAMES = {
    "tfdistill.text": ("learn_vocabulary", "load_tokenizer"),
    "tfdistill.text.spelling": ("spell_pieces",),
    "tfdistill.bert.config": ("BertConfig",),
    "tfdistill.bert.encoder": ("BertEncoder", "build_student"),
    "tfdistill.bert.heads": (
        "Classification",
        "IntentAndSlots",
        "MaskedLM",
        "Regression",
        "TokenClassification",
    ),
    "tfdistill.bert.checkpoint": ("load_student", "load_teacher", "with_head"),
    "tfdistill.bert.adopt": ("adopt_vocabulary", "extend_vocabulary"),
    "tfdistill.bert.minilm": ("fetch_minilm",),
    "tfdistill.data": (
        "Encoded",
        "Examples",
        "Glue",
        "HomeAssistant",
        "SlotFile",
        "TableFile",
        "Task",
        "Tfds",
        "encode",
        "make_dataset",
        "score",
        "split_examples",
        "steps_per_epoch",
    ),
    "tfdistill.data.cache": ("TeacherCache",),
    "tfdistill.data.corpus": ("Corpus", "make_text_dataset"),
    "tfdistill.distill.adamw": ("AdamWInOnePass",),
    "tfdistill.distill.distiller": ("Distiller",),
    "tfdistill.distill.keras_objective": ("KerasObjective",),
    "tfdistill.distill.layer_map": ("LayerMap",),
    "tfdistill.distill.layer_objectives": (
        "AttentionProbabilityKL",
        "FeatureMap",
        "RelationKL",
    ),
    "tfdistill.distill.objectives": (
        "AttentionScoreMSE",
        "EmbeddingMSE",
        "HardLabels",
        "HiddenStateMSE",
        "SoftTargets",
    ),
    "tfdistill.distill.mixed": ("MixedVocabularyTrainer",),
    "tfdistill.distill.shared_projections": ("SharedProjections",),
    "tfdistill.text.masking": ("mask_words",),
    "tfdistill.text.mixed": ("MixedSegmenter",),
    "tfdistill.quantize.rounded": ("round_weights", "strip_rounding"),
    "tfdistill.quantize.encoder": (
        "QuantizedEncoder",
        "calibrate",
        "quantization_aware",
        "strip",
    ),
    "tfdistill.quantize.clustering": ("cluster", "strip_clusters"),
    "tfdistill.quantize.pruning": ("Prune", "sparsity_of"),
    "tfdistill.train.ahead": ("cache_ahead",),
    "tfdistill.train.recipe": ("Recipe", "Stage"),
    "tfdistill.train.run": ("run_recipe",),
    "tfdistill.export.benchmark": ("benchmark",),
    "tfdistill.export.finish": ("finish_run",),
    "tfdistill.export.metadata": ("Card", "read_card", "write_card"),
    "tfdistill.export.predict": ("Predictor",),
    "tfdistill.export.runtime": ("TfliteModel",),
    "tfdistill.export.to_tflite": ("export_tflite",),
    "tfdistill.export.verify": ("export_verified", "verify"),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}

__all__ = ["__version__", *sorted(_MODULES)]


def __getattr__(name):
    """Import a public name's module on first use (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
