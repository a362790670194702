"""Plain text as examples of a task, for students that learn from a teacher alone."""

import numpy as np

from tfdistill.data.corpus import Corpus, cut_pairs
from tfdistill.data.tasks import Examples, Task


def read_unlabelled(files, task: Task) -> Examples:
    """Return the lines of files as examples of a task, under labels that say nothing.

    Of a task of pairs, the lines that have a tab, which stands between the two texts.

    Args:
        files: tuple of str or path, as `Corpus` reads them.
        task: Task.

    Returns:
        Examples. Every label is 0, and every slot the task's first one: only an
        objective that asks the teacher may read them.

    Raises:
        ValueError: as `Corpus.lines`; also files without any line for this task.
    """
    texts, seconds = list(Corpus(files).lines()), None
    if task.is_pair:
        pairs, _ = cut_pairs(texts)
        texts, seconds = [first for first, _ in pairs], [second for _, second in pairs]
    if not texts:
        what = "no line with a tab between two texts" if task.is_pair else "no line"
        raise ValueError(f"There is {what} in {', '.join(map(str, files))}.")
    dtype = np.float32 if task.kind == "regression" else np.int32
    labels = np.zeros(len(texts), dtype)
    if task.kind != "intent_slots":
        return Examples(texts, seconds, labels)
    words = [text.split() for text in texts]
    slots = [[task.slot_labels[0]] * len(row) for row in words]
    return Examples(texts, seconds, labels, words, slots)
