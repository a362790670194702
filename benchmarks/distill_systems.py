"""One system of `distill_step.py`: reads a line, takes a turn of steps, tells its time.

Its arguments: system, dtype, tokens, batch, steps of a turn, folder for weights and
caches.
"""

import contextlib
import json
import pathlib
import resource
import sys
import time

import numpy as np

VOCABULARY = 30522
TEACHER = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12}
STUDENT = {"hidden_size": 312, "num_hidden_layers": 4, "num_attention_heads": 12}
FEED_FORWARD = {"teacher": 3072, "student": 1200}
LEARNING_RATE = 1e-5


def main():
    """Take turns until the input ends."""
    system, dtype, length, batch, steps, folder = sys.argv[1:]
    make = {"torch": _torch, "textbrewer": _textbrewer, "keras": _keras}
    length, batch, steps = int(length), int(batch), int(steps)
    tokens = np.random.default_rng(0).integers(
        1000, VOCABULARY, (steps, batch, length), dtype=np.int32
    )
    # What libraries print must not reach the pipe.
    with contextlib.redirect_stdout(sys.stderr):
        turn = make.get(system, _ours)(system, dtype, tokens, pathlib.Path(folder))
    first = None
    for _ in sys.stdin:
        begun = time.perf_counter()
        with contextlib.redirect_stdout(sys.stderr):
            loss = turn()
        seconds = (time.perf_counter() - begun) / steps
        first = loss if first is None else first
        print(json.dumps({"seconds": seconds}), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps({"megabytes": peak, "loss": first}), flush=True)


# === PyTorch ===


def _torch(system, dtype, tokens, folder):
    import torch

    teacher, student = _torch_models(folder)
    project = torch.nn.Linear(student.config.hidden_size, teacher.config.hidden_size)
    parameters = [*student.parameters(), *project.parameters()]
    optimizer = torch.optim.AdamW(parameters, lr=LEARNING_RATE)
    functional = torch.nn.functional

    def losses(batch):
        with torch.no_grad():
            taught = teacher(**batch)
        ours = student(**batch)
        for layer in range(5):
            lifted = project(ours.hidden_states[layer])
            yield functional.mse_loss(lifted, taught.hidden_states[3 * layer])
        for layer in range(4):
            wanted = taught.attentions[3 * layer + 2]
            yield functional.mse_loss(ours.attentions[layer], wanted)
        yield functional.kl_div(
            functional.log_softmax(ours.logits, -1),
            functional.softmax(taught.logits, -1),
            reduction="batchmean",
        )

    def loss_of(batch):
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
            return sum(losses(batch))

    return _torch_turn(loss_of, optimizer, tokens)


def _textbrewer(system, dtype, tokens, folder):
    import textbrewer
    import torch

    teacher, student = _torch_models(folder)
    matches = [
        {
            "layer_T": 3 * layer,
            "layer_S": layer,
            "feature": "hidden",
            "loss": "hidden_mse",
            "weight": 1,
            "proj": ["linear", 312, 768],
        }
        for layer in range(5)
    ] + [
        {
            "layer_T": 3 * layer + 2,
            "layer_S": layer,
            "feature": "attention",
            "loss": "attention_mse",
            "weight": 1,
        }
        for layer in range(4)
    ]

    def adapt(batch, outputs):
        return {
            "logits": outputs.logits,
            "hidden": outputs.hidden_states,
            "attention": outputs.attentions,
            "inputs_mask": batch["attention_mask"],
        }

    distiller = textbrewer.GeneralDistiller(
        textbrewer.TrainingConfig(device="cpu", output_dir=str(folder)),
        textbrewer.DistillationConfig(temperature=1, intermediate_matches=matches),
        teacher,
        student,
        adapt,
        adapt,
    )
    optimizer = torch.optim.AdamW(student.parameters(), lr=LEARNING_RATE)
    distiller.initialize_training(optimizer, None, None, None)

    def loss_of(batch):
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
            return distiller.train_on_batch(batch, {})[0]

    return _torch_turn(loss_of, optimizer, tokens)


def _torch_models(folder):
    """Return teacher and student; the first process makes and saves their weights."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    models = []
    for name, sizes in (("teacher", TEACHER), ("student", STUDENT)):
        config = BertConfig(
            **sizes,
            intermediate_size=FEED_FORWARD[name],
            output_hidden_states=True,
            output_attentions=True,
            attn_implementation="eager",
            # As in ours: no chance in the comparison.
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        model = BertForSequenceClassification(config)
        if not (folder / name).exists():
            model.save_pretrained(folder / name)
        models.append(model.eval() if name == "teacher" else model.train())
    return models


def _torch_turn(loss_of, optimizer, tokens):
    import torch

    def turn():
        found = []
        for rows in torch.from_numpy(tokens).long():
            batch = {"input_ids": rows, "attention_mask": torch.ones_like(rows)}
            loss = loss_of(batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            found.append(loss.item())
        return float(np.mean(found))

    return turn


# === Keras ===


def _ours(system, dtype, tokens, folder):
    from tfdistill.tflite import program

    program.start_tensorflow()  # as tfdistill-train does
    import tfdistill as td
    from tfdistill.bert.saved import in_dtype
    from tfdistill.data import make_dataset
    from tfdistill.train.precision import products_in

    is_rounded = system == "products"
    teacher, student = _keras_models("float32" if is_rounded else dtype, folder)
    teacher = in_dtype(teacher, dtype)  # as recipes with teacher.dtype do
    objectives = [td.SoftTargets()]
    if system != "logits":
        objectives += [td.EmbeddingMSE(), td.HiddenStateMSE(), td.AttentionScoreMSE()]
    encoded = _encoded(tokens)
    cache = None
    if system == "cached":
        cache = _cache(folder, teacher, student, encoded, objectives)
    distiller = td.Distiller(teacher, student, objectives)
    distiller.compile(optimizer=_adamw(), jit_compile=system == "xla")
    dataset = make_dataset(encoded, tokens.shape[1], teacher_cache=cache)

    def turn():
        with products_in(dtype if is_rounded else "float32"):
            return _keras_turn(distiller, dataset)

    return turn


def _keras(system, dtype, tokens, folder):
    import keras
    from keras.distillation import Distiller, LogitsDistillation

    from tfdistill.data import make_dataset

    teacher, student = (_logits_of(each) for each in _keras_models(dtype, folder))
    distiller = Distiller(
        teacher=teacher,
        student=student,
        distillation_losses=LogitsDistillation(
            loss=keras.losses.KLDivergence(), temperature=1.0
        ),
        student_loss_weight=0.0,
    )
    distiller.compile(
        optimizer=_adamw(),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=False,
    )
    dataset = make_dataset(_encoded(tokens), tokens.shape[1])
    return lambda: _keras_turn(distiller, dataset)


def _keras_models(dtype, folder):
    import keras

    import tfdistill as td
    from tfdistill.bert.heads import Classification

    if dtype == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    options = {"dropout": 0.0, "attention_dropout": 0.0}
    if (folder / "student").exists():
        return [
            td.load_teacher(folder / name, Classification(2), **options)
            for name in ("teacher", "student")
        ]
    return [
        td.build_student(
            name, head=Classification(2), vocabulary_size=VOCABULARY, **options
        )
        for name in ("bert_base", "tinybert_4_312")
    ]


def _logits_of(encoder):
    """The functional model that `keras.distillation` can read."""
    import keras

    names = ("token_ids", "segment_ids", "padding_mask")
    inputs = {name: keras.Input((None,), dtype="int32", name=name) for name in names}
    return keras.Model(inputs, encoder(inputs)["logits"])


def _encoded(tokens):
    from tfdistill.data import Encoded

    rows, length = tokens.shape[0] * tokens.shape[1], tokens.shape[2]
    return Encoded(
        token_ids=tokens.reshape(-1),
        row_starts=np.arange(rows + 1, dtype=np.int64) * length,
        pair_starts=np.full(rows, length, np.int32),
        labels=np.zeros(rows, np.int32),
    )


def _cache(folder, teacher, student, encoded, objectives):
    from tfdistill.data.cache import TeacherCache
    from tfdistill.distill.cached import teacher_outputs

    names = teacher_outputs(teacher, student, objectives)
    cache = TeacherCache(folder / "cache", teacher, encoded, names)
    cache.fill()
    return cache


def _adamw():
    from tfdistill.distill.adamw import AdamWInOnePass

    return AdamWInOnePass(LEARNING_RATE, weight_decay=0.01)


def _keras_turn(distiller, dataset):
    """Train on the rows once; return the mean loss of the steps."""
    return distiller.fit(dataset, verbose=0).history["loss"][0]


if __name__ == "__main__":
    main()
