"""A pretrained BERT as a language model over the student's words."""

from tfdistill.bert.adopt import adopt_vocabulary
from tfdistill.bert.checkpoint import load_teacher
from tfdistill.bert.encoder import BertEncoder
from tfdistill.bert.heads import MaskedLM
from tfdistill.bert.saved import with_head
from tfdistill.keyboard.vocabulary import NUMBER, UNKNOWN, KeyboardVocabulary


def next_word_bert(source, tokenizer, vocabulary: KeyboardVocabulary) -> BertEncoder:
    """Return a BERT that reads the student's words and looks back only.

    Each word's row is the mean of the rows of the pieces that spell it; the head is
    new. It knows English, but not yet how to go on: `train_next_word` teaches it.

    Args:
        source: as for `load_teacher`.
        tokenizer: `tokenizers.Tokenizer` of `load_tokenizer`. That model's.
        vocabulary: KeyboardVocabulary.

    Returns:
        BertEncoder, causal, with a masked-LM head over `vocabulary`.

    Raises:
        ValueError: as `load_teacher`.
    """
    body = load_teacher(
        source,
        attention="causal",
        has_pooler=False,
        dropout=0.0,
        attention_dropout=0.0,
    )
    adopted = adopt_vocabulary(body, _rows(tokenizer, vocabulary))
    return with_head(adopted, MaskedLM(name="head"))


def _rows(tokenizer, vocabulary):
    specials = ("[PAD]", "[UNK]", "[CLS]")
    rows = [[tokenizer.token_to_id(piece)] for piece in specials]
    spellings = ["1", *vocabulary.entries[NUMBER + 1 :]]
    found = tokenizer.encode_batch(spellings, add_special_tokens=False)
    return rows + [each.ids or rows[UNKNOWN] for each in found]
