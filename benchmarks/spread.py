"""How tables write several seeds."""

import statistics


def mean_and_spread(values, digits: int = 2) -> str:
    """Return "mean ± half of what lies between the highest and the lowest".

    Args:
        values: sequence of float; one alone has no spread.
        digits: int, behind the point.
    """
    text = f"{statistics.mean(values):.{digits}f}"
    if len(values) == 1:
        return text
    return f"{text} ± {(max(values) - min(values)) / 2:.{digits}f}"
