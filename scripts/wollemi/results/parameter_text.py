"""A fitted parameter with its error as text; at a bound one side has no error, and the text shows
it.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from wollemi.base.rounding import decimals_for, significant, with_decimals, with_error, with_errors
from wollemi.results.fit import FittedParameter

NOTHING = "–"


class Fitted(Protocol):
    """A parameter of `fit.json`, or its strength in `summary.json`."""

    @property
    def value(self) -> float | None:
        """The estimate."""

    @property
    def error(self) -> float | None:
        """The standard deviation."""

    @property
    def error_down(self) -> float | None:
        """The downward error from MINOS."""

    @property
    def error_up(self) -> float | None:
        """The upward error from MINOS."""

    @property
    def at_bound(self) -> str | None:
        """The bound at which it is."""


def error_sizes(item: Fitted) -> tuple[float | None, float | None]:
    """Errors downward and upward, both positive: from the second derivatives, at a bound from the
    profile.

    None: no error on that side, because the bound is there.
    """
    return (item.error_down, item.error_up) if item.at_bound else (item.error, item.error)


def profile_sizes(item: Fitted) -> tuple[float | None, float | None]:
    """Like `error_sizes`, with MINOS errors where available."""
    down, up = item.error_down, item.error_up
    return error_sizes(item) if down is None and up is None else (down, up)


def value_text(item: Fitted) -> str:
    """A parameter with its symmetric error, `0.88 ± 0.40`; at a bound `0.00 +0.03 (at its lower
    bound)`.
    """
    assert item.value is not None  # blinded values are never requested
    if item.error is not None and not item.at_bound:
        return with_error(item.value, item.error)
    return free_text(item.value, *error_sizes(item), item.at_bound)


def free_text(value: float, down: float | None, up: float | None, at_bound: str | None) -> str:
    """A value with its errors, and where it is if that is its bound."""
    return sides_text(value, down, up) + (f" (at its {at_bound} bound)" if at_bound else "")


def minos_text(item: Fitted) -> str:
    """A parameter with its MINOS errors: `0.88 +0.43 −0.37`, with one of them `0.10 +0.30`; a dash
    without any.
    """
    down, up = item.error_down, item.error_up
    return (
        NOTHING
        if item.value is None or (down is None and up is None)
        else sides_text(item.value, down, up)
    )


def sides_text(value: float, down: float | None, up: float | None) -> str:
    """A value with its available errors.

    Args:
        value: the estimate.
        down: error downward, positive; None where a bound comes first.
        up: error upward, likewise.
    """
    known = [size for size in (up, down) if size is not None]
    if len(known) == 2:
        return with_errors(value, known[0], known[1])
    if not known:
        return significant(value)
    decimals = decimals_for(known[0])
    return (
        f"{with_decimals(value, decimals)} "
        f"{'−' if up is None else '+'}{with_decimals(known[0], decimals)}"
    )


def pull_of(item: FittedParameter, key: str = "") -> dict[str, Any]:
    """(θ̂ - θ₀)/Δθ with its error; at a bound `error` is None, and `down` and `up` come from the
    profile on each side.

    Args:
        item: a constrained parameter.
        key: prefix of the names of the errors.
    """
    width = item.prefit_error
    assert width  # a constrained parameter has one
    pull: dict[str, Any] = {"pull": (item.value - item.prefit) / width}
    if item.error is not None and not item.at_bound:
        return pull | {f"{key}error": item.error / width}
    down, up = (None if size is None else size / width for size in error_sizes(item))
    return pull | {
        f"{key}error": None,
        f"{key}down": down,
        f"{key}up": up,
        "at_bound": item.at_bound,
    }


def pull_text(item: Mapping[str, Any], key: str = "") -> str:
    """A pull, see `pull_of`, with its error."""
    if "at_bound" not in item:
        return with_error(item["pull"], item[f"{key}error"])
    return free_text(item["pull"], item[f"{key}down"], item[f"{key}up"], item["at_bound"])
