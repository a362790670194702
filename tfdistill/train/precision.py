"""In which type TensorFlow multiplies while it trains."""

import contextlib

from tfdistill.bert.onednn import has_onednn

COMPUTE_DTYPES = ("float32", "bfloat16")
_PASS = "auto_mixed_precision_onednn_bfloat16"


def check_dtype(dtype: str):
    """Raise ValueError if products cannot be made in a type here.

    Args:
        dtype: str. "float32" or "bfloat16".
    """
    if dtype == "bfloat16" and not has_onednn():
        raise ValueError(
            "Recipe.dtype='bfloat16' needs TensorFlow with oneDNN on an x86 CPU, and "
            'that is not what runs here: set it to "float32".'
        )


@contextlib.contextmanager
def products_in(dtype: str):
    """Let what is traced inside multiply in a type; weights and sums stay float32.

    TensorFlow's optimizer puts the conversions around products, in the teacher, the
    student and their gradients alike, so that models, files and optimizers know nothing
    of it. Where the processor does not multiply bfloat16 it changes nothing.

    Args:
        dtype: str. "float32" or "bfloat16".

    Raises:
        ValueError: as `check_dtype`.
    """
    check_dtype(dtype)
    if not has_onednn():
        yield
        return
    import tensorflow as tf

    options = tf.config.optimizer
    before = options.get_experimental_options().get(_PASS, False)
    options.set_experimental_options({_PASS: dtype == "bfloat16"})
    try:
        yield
    finally:
        options.set_experimental_options({_PASS: before})
