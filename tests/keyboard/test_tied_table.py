"""In 4 bits the table that is read and the kernel that is multiplied are one."""

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.keyboard.export import next_word_tflite
from tfdistill.keyboard.train import next_word_config
from tfdistill.quantize.rounding import pack_nibbles, quantize_rows

VOCABULARY, WIDTH = 300, 64


def make_student():
    config = next_word_config(
        VOCABULARY,
        num_layers=1,
        hidden_dim=WIDTH,
        num_heads=2,
        intermediate_dim=2 * WIDTH,
    )
    student = BertEncoder(config, head=MaskedLM())
    random = np.random.default_rng(0)
    table = student.embeddings.token.embeddings
    table.assign(random.normal(size=table.shape))
    return student


def round_kernels(student):
    for weight in student.weights:
        if weight.path.endswith("kernel"):
            values, scales = quantize_rows(np.asarray(weight).T, 4)
            weight.assign((values * np.asarray(scales)[:, None]).T)


def test_rows_are_read_out_of_the_kernels_bytes():
    student = make_student()
    table = np.asarray(student.embeddings.token.embeddings)
    values, scales = quantize_rows(table, 4)
    content = next_word_tflite(student, "int4")
    packed = pack_nibbles(values).tobytes()
    assert content.count(packed) == 1
    assert content.count(np.asarray(scales, np.float32).tobytes()) >= 1
    # Nothing else has as many bytes as the table in 8 bits.
    assert len(content) < len(next_word_tflite(student, "dynamic_int8")) - len(packed)

    round_kernels(student)
    student.embeddings.token.embeddings.assign(values * np.asarray(scales)[:, None])
    runner = Interpreter(model_content=content).get_signature_runner("tokens_8")
    differences, ids = [], np.random.default_rng(1).integers(4, VOCABULARY, (20, 8))
    for row in ids.astype(np.int32)[:, None]:
        found = runner(token_ids=row, position=np.array([7], np.int32))["logits"][0]
        inputs = {"token_ids": row, "segment_ids": 0 * row, "padding_mask": 0 * row + 1}
        expected = np.asarray(student(inputs)["logits"])[0, 7]
        differences.append(np.abs(found - expected).max() / np.ptp(expected))
    assert np.mean(differences) < 0.02
