"""Text: vocabularies of word pieces, learnt or read, and the tokenizer over them."""

from tfdistill.text.tokenizer import load_tokenizer, vocabulary_hash
from tfdistill.text.vocabulary import (
    SPECIAL_TOKENS,
    learn_vocabulary,
    read_vocabulary,
    write_vocabulary,
)

__all__ = [
    "SPECIAL_TOKENS",
    "learn_vocabulary",
    "load_tokenizer",
    "read_vocabulary",
    "vocabulary_hash",
    "write_vocabulary",
]
