"""What a small vocabulary shares with the teacher's, and how much longer texts are."""

import numpy as np

from tfdistill.text import load_tokenizer, read_vocabulary

_MOST_TEXTS = 5000


def compare_vocabularies(student_path, teacher_path, texts: list[str]) -> dict:
    """Compare two vocabularies on some texts.

    Args:
        student_path: path of a vocab.txt.
        teacher_path: path of a vocab.txt.
        texts: list of str, of which the first 5,000 are cut.

    Returns:
        dict. `size` and `teacher_size` in pieces; `overlap`, the share of the student's
        pieces that the teacher has as well; `pieces_per_text` and
        `teacher_pieces_per_text`, means without [CLS] and [SEP]; `length_ratio` of the
        two; `unknown_rate`, the share of the student's pieces that are [UNK].
    """
    student, teacher = read_vocabulary(student_path), read_vocabulary(teacher_path)
    ours, unknown = _lengths(student_path, texts[:_MOST_TEXTS])
    theirs, _ = _lengths(teacher_path, texts[:_MOST_TEXTS])
    return {
        "size": len(student),
        "teacher_size": len(teacher),
        "overlap": len({*student} & {*teacher}) / len(student),
        "pieces_per_text": ours,
        "teacher_pieces_per_text": theirs,
        "length_ratio": ours / theirs if theirs else 1.0,
        "unknown_rate": unknown,
    }


def _lengths(path, texts):
    """(Mean number of pieces, share of them that are [UNK])."""
    tokenizer = load_tokenizer(path)
    unknown = tokenizer.token_to_id("[UNK]")
    rows = tokenizer.encode_batch(texts, add_special_tokens=False)
    ids = np.concatenate([np.array(row.ids, np.int64) for row in rows])
    return len(ids) / len(rows), float(np.mean(ids == unknown)) if len(ids) else 0.0
