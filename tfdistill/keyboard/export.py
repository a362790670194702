"""A next-word student to the folder that a phone loads (docs/keyboard.md)."""

import os
import pathlib
import shutil
import tempfile

from tfdistill.bert.encoder import BertEncoder
from tfdistill.export.form import Form
from tfdistill.export.next_token import next_token_function
from tfdistill.export.tensor_names import drop_names
from tfdistill.export.to_tflite import convert_functions
from tfdistill.export.weights import store_weights
from tfdistill.keyboard import ngram_table
from tfdistill.keyboard.examples import LENGTHS
from tfdistill.keyboard.files import MODEL, WORDS, write_description
from tfdistill.keyboard.ngram_table import NGramTable, empty_table
from tfdistill.keyboard.vocabulary import FILE_NAME, KeyboardVocabulary
from tfdistill.keyboard.word_list import WordList

VERSION = "1"


def write_keyboard(
    folder: str | os.PathLike,
    student: BertEncoder,
    vocabulary: KeyboardVocabulary,
    words: WordList,
    name: str,
    licence: str,
    ngrams: NGramTable | None = None,
    scheme: str = "int4",
):
    """Write the files of a keyboard, whole or not at all.

    Args:
        folder: path. Replaced if it is there.
        student: BertEncoder, causal, with a masked-LM head.
        vocabulary: KeyboardVocabulary.
        words: WordList. See `more_words`.
        name: str.
        licence: str.
        ngrams: NGramTable, or None for one that raises nothing.
        scheme: as for `next_word_tflite`.

    Raises:
        ValueError: a student that does not fit the vocabulary, or a folder that cannot
            be written.
    """
    if student.config.vocabulary_size != len(vocabulary):
        raise ValueError(
            f"The student knows {student.config.vocabulary_size} words, its vocabulary "
            f"has {len(vocabulary)}: take both from one training."
        )
    folder = pathlib.Path(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = pathlib.Path(tempfile.mkdtemp(prefix=".keyboard-", dir=folder.parent))
    except OSError as error:
        raise ValueError(f"Cannot write to {folder.parent}: {error}.") from error
    try:
        (made / MODEL).write_bytes(next_word_tflite(student, scheme))
        (made / FILE_NAME).write_bytes(vocabulary.text().encode())
        (made / WORDS).write_bytes(words.text().encode())
        table = ngrams or empty_table()
        (made / ngram_table.FILE_NAME).write_bytes(table.to_bytes())
        write_description(
            made,
            name=name,
            version=VERSION,
            licence=licence,
            vocabulary_size=len(vocabulary),
            first_suggestion=vocabulary.first_suggestion,
            lengths=list(LENGTHS),
            inputs=["token_ids", "position"],
            output="logits",
        )
        for path in made.iterdir():
            path.chmod(0o644)
        folder.mkdir(exist_ok=True)
        for path in made.iterdir():
            os.replace(path, folder / path.name)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def next_word_tflite(student: BertEncoder, scheme: str = "int4") -> bytes:
    """Return the student as a `.tflite` file with a signature for each of `LENGTHS`.

    Args:
        student: BertEncoder, causal, with a masked-LM head.
        scheme: "float32", "dynamic_int8" or "int4".
    """
    form = Form(num_positions=LENGTHS[-1])
    functions = {
        f"tokens_{length}": next_token_function(student, length, form)
        for length in LENGTHS
    }
    content = convert_functions(functions)
    if scheme != "float32":
        content = store_weights(content, scheme)
    return drop_names(content)
