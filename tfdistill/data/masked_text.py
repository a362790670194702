"""Plain text as masked-language-model batches, for one vocabulary or two at once."""

import itertools
from collections.abc import Callable

import numpy as np

from tfdistill.data.corpus import Corpus, endless_lines
from tfdistill.data.stream import stream
from tfdistill.text.masking import NOT_MASKED, mask_words
from tfdistill.text.mixed import MixedSegmenter

INPUTS = ("token_ids", "segment_ids", "padding_mask")


def make_masked_dataset(
    corpus: Corpus,
    segmenter: MixedSegmenter,
    batch_size: int,
    seed: int,
    p_dual: Callable[[int], float] = lambda step: 0.0,
    start_step: int = 0,
):
    """Make an endless `tf.data.Dataset` of texts with hidden words.

    Teacher and student hide words of their own. Every draw is a function of (seed,
    step), so a run that was stopped goes on with `start_step`.

    Args:
        corpus: Corpus.
        segmenter: MixedSegmenter.
        batch_size: int.
        seed: int.
        p_dual: callable (step) -> float in [0, 1]. Share of the words that the teacher
            reads in the student's pieces.
        start_step: int. Batches to leave out.

    Returns:
        A dataset of (inputs, labels), two dictionaries with "teacher" and "student", as
        `MixedVocabularyTrainer` reads them.

    Raises:
        ValueError: as `Corpus.lines`, or files without any line.

    Source: arXiv 1909.11687, section 3.1.
    """
    import tensorflow as tf

    rows = tf.TensorSpec((None, None), tf.int32)
    roles = ("teacher", "student")

    def batches():
        lines = endless_lines(corpus, seed)
        skipped = start_step * batch_size
        next(itertools.islice(lines, skipped, skipped), None)
        for step in itertools.count(start_step):
            texts = list(itertools.islice(lines, batch_size))
            random = np.random.default_rng((seed, step))
            yield masked_batch(texts, segmenter, p_dual(step), random)

    signature = {role: dict.fromkeys(INPUTS, rows) for role in roles}
    return stream(batches, (signature, dict.fromkeys(roles, rows)))


def masked_batch(texts: list[str], segmenter: MixedSegmenter, p_dual: float, random):
    """Return (inputs, labels) of some texts; see `make_masked_dataset`.

    Args:
        texts: list of str.
        segmenter: MixedSegmenter.
        p_dual: float in [0, 1].
        random: NumPy generator.
    """
    rows = [segmenter(text, p_dual, random) for text in texts]
    teacher_range = np.array([0, segmenter.teacher_size])
    both = np.stack([teacher_range, teacher_range[1] + [0, segmenter.student_size]])
    own = np.array([[0, segmenter.student_size]])
    masked = {"teacher": [], "student": []}
    for row in rows:
        is_cut = row.is_student_cut.astype(int)
        for role, ids, words, ranges in (
            ("teacher", row.teacher_ids, row.teacher_words, both[is_cut]),
            ("student", row.student_ids, row.student_words, own[is_cut * 0]),
        ):
            mask_id = segmenter.mask_ids[role]
            masked[role].append(mask_words(ids, words, mask_id, ranges, random))
    padded = {
        role: _pad(pairs, segmenter.pad_ids[role], segmenter.max_length)
        for role, pairs in masked.items()
    }
    inputs = {role: inputs for role, (inputs, _) in padded.items()}
    return inputs, {role: labels for role, (_, labels) in padded.items()}


def _pad(pairs, pad_id, max_length):
    """Token ids, mask and labels of rows, int32 (batch, eights or the most)."""
    longest = min(-(-max(len(ids) for ids, _ in pairs) // 8) * 8, max_length)
    token_ids = np.full((len(pairs), longest), pad_id, np.int32)
    labels = np.full_like(token_ids, NOT_MASKED)
    padding_mask = np.zeros_like(token_ids)
    for row, (ids, asked) in enumerate(pairs):
        token_ids[row, : len(ids)], labels[row, : len(ids)] = ids, asked
        padding_mask[row, : len(ids)] = 1
    arrays = token_ids, np.zeros_like(token_ids), padding_mask
    return dict(zip(INPUTS, arrays, strict=True)), labels
