"""Contributions to an uncertainty as text."""

from collections.abc import Callable

from wollemi.base.rounding import significant
from wollemi.results.parameter_text import NOTHING, WORDS, sides_text
from wollemi.results.uncertainties import Contribution, SignalUncertainties

SHIFTED, FROZEN = "shifted", "frozen"
# The meaning of the two methods, for captions.
METHODS = (
    "shifted: how the estimate moves with the auxiliary data of a source (with the events: data "
    "statistics); these add up in quadrature to the error. frozen: what the squared error loses "
    "if the parameters of a source are held (data statistics: the error if all constrained ones "
    "are); these do not add up"
)


def contribution_texts(item: Contribution) -> dict[str, str]:
    """Method → contribution, `±0.12`; `+0.14 −0.10` if MINOS errors of both sides exist."""
    return {SHIFTED: size_text(item.shifted), FROZEN: frozen_text(item)}


def size_text(size: float | None) -> str:
    """Text such as `±0.12`, or a dash."""
    return NOTHING if size is None else f"±{significant(size, 2)}"


def frozen_text(item: Contribution) -> str:
    """Text such as `+0.14 −0.10` with MINOS errors; otherwise the symmetric error."""
    down, up = item.frozen_down, item.frozen_up
    if down is None and up is None:
        return size_text(item.frozen)
    sides = [
        f"{sign}{significant(size, 2)}"
        for sign, size in (("+", up), ("−", down))
        if size is not None
    ]
    return " ".join(sides)


def total_text(found: SignalUncertainties, label: Callable[[str], str] = str) -> str:
    """Estimate and error: `mu = 0.88 +0.43 −0.37`; `mu = 0.01 +0.03, with its bound below` if the
    bound comes first.

    Args:
        found: Uncertainties with one signal.
        label: Function from a parameter to its label.
    """
    down, up = found.error_down, found.error_up
    both = None if found.poi in found.without_error else found.error
    sides = (both, both) if down is None and up is None else (down, up)
    text = f"{label(found.poi)} = {sides_text(found.estimate, *sides)}"
    if (down is None) == (up is None) or found.poi in found.without_error:
        return text
    return f"{text}, with its bound {'below' if down is None else 'above'}"


def data_text(found: SignalUncertainties, label: Callable[[str], str] = str) -> str:
    """The fitted data, observed or Asimov, and the parameters whose second derivatives give no
    error.

    Args:
        found: Uncertainties with one signal.
        label: Function from a parameter to its label.
    """
    fitted = "fit to the data"
    if found.asimov_strength is not None:
        fitted = f"Asimov data of {label(found.poi)} = {found.asimov_strength:g}"
    words = [f"{label(name)}: {WORDS[regime]}" for name, regime in found.without_error.items()]
    return f"{fitted}; only MINOS errors are right, {', '.join(words)}" if words else fitted
