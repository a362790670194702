"""The published BERT tokenizer over a vocabulary file, by the `tokenizers` library.

Special tokens that somebody types, such as "[MASK]", stay plain text: only the
post-processor puts [CLS] and [SEP] into a row.
"""

import hashlib
import os

from tfdistill.text.vocabulary import (
    MAX_WORD_CHARACTERS,
    SPECIAL_TOKENS,
    read_vocabulary,
)


def load_tokenizer(vocabulary_path: str | os.PathLike, lowercase: bool = True):
    """Builds the WordPiece tokenizer of a `vocab.txt`.

    `encode(text).ids` begins with [CLS] and ends with [SEP]; a pair is joined as
    [CLS] text [SEP] pair [SEP], with `type_ids` 1 from the pair's first token on.

    Args:
        vocabulary_path: file with one piece a line; the line's number is its id.
        lowercase: bool. True also strips accents, as the uncased models do.

    Returns:
        A `tokenizers.Tokenizer`, without truncation and without padding.

    Raises:
        ValueError: the file is no usable vocabulary (see `read_vocabulary`).

    Source: github.com/google-research/bert, `tokenization.py`; arXiv 1810.04805.
    """
    import tokenizers

    pieces = read_vocabulary(vocabulary_path)
    ids = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordPiece(
            ids, unk_token="[UNK]", max_input_chars_per_word=MAX_WORD_CHARACTERS
        )
    )
    tokenizer.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[CLS]:0 $A:0 [SEP]:0",
        pair="[CLS]:0 $A:0 [SEP]:0 $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    tokenizer.decoder = tokenizers.decoders.WordPiece()
    # Known as special so that decode() can leave them out; never matched in text.
    tokenizer.add_special_tokens(list(SPECIAL_TOKENS))
    tokenizer.encode_special_tokens = True
    return tokenizer


def vocabulary_hash(tokenizer) -> str:
    """Return a hash of a tokenizer's pieces and their ids: str of 64 digits.

    Args:
        tokenizer: a `tokenizers.Tokenizer`.
    """
    ids = tokenizer.get_vocab()
    pieces = "\n".join(sorted(ids, key=ids.get))
    return hashlib.sha256(pieces.encode("utf-8", "surrogatepass")).hexdigest()
