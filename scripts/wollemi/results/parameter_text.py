"""Text of a fitted parameter with its error; at a bound one side has no error, which the text
shows.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from wollemi.base.rounding import decimals_for, significant, with_decimals, with_error, with_errors
from wollemi.results.fit import FittedParameter

NOTHING = "–"
WORDS = {
    "lower bound": "at its lower bound",
    "upper bound": "at its upper bound",
    "wall": "an empty bin at 0",
    "flat": "undetermined",
    "quartic": "not a parabola",
    "second minimum": "one of two minima",
}
# Regimes whose second derivatives make uncertainties of yields wrong. Along a flat direction yields
# hardly change, and their covariance covers it.
OF_YIELDS = ("wall", "quartic")


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
        """The bound where the estimate is, if any."""

    @property
    def regime(self) -> str | None:
        """Why the error is from MINOS, inside the bounds."""


def regime_of(item: Fitted) -> str | None:
    """Reason why -2 ln L is not a parabola around an estimate: `lower bound`, `upper bound`, or a
    regime of `fit.json`; None if it is a parabola.
    """
    return f"{item.at_bound} bound" if item.at_bound else item.regime


def regime_keys(item: Fitted) -> dict[str, str]:
    """The regime as keys of the numbers of a plot."""
    keys = {"at_bound": item.at_bound, "regime": None if item.at_bound else item.regime}
    return {key: value for key, value in keys.items() if value}


def regime_in(item: Mapping[str, Any]) -> str | None:
    """The regime from the numbers of a plot, see `regime_keys`."""
    return f"{item['at_bound']} bound" if "at_bound" in item else item.get("regime")


def error_sizes(item: Fitted) -> tuple[float | None, float | None]:
    """Errors downward and upward, both positive: from the second derivatives, or from the profile
    if these do not describe it.

    None on a side without an error, because of a bound or a wall, or because the profile is flat.
    """
    sides = (item.error_down, item.error_up)
    ends_at_bound = sides.count(None) == 1
    return sides if regime_of(item) or ends_at_bound else (item.error, item.error)


def profile_sizes(item: Fitted) -> tuple[float | None, float | None]:
    """Like `error_sizes`, with MINOS errors where available."""
    down, up = item.error_down, item.error_up
    return error_sizes(item) if down is None and up is None else (down, up)


def value_text(item: Fitted) -> str:
    """A parameter with its symmetric error, `0.88 ± 0.40`; if a bound ends it on one side
    `0.13 +0.29`, at a bound `0.00 +0.03 (at its lower bound)`, in another regime `-0.58 +0.26 (an
    empty bin at 0)`.
    """
    assert item.value is not None  # blinded values are never requested
    down, up = error_sizes(item)
    if up is not None and up == down and not regime_of(item):
        return with_error(item.value, up)
    return free_text(item.value, down, up, regime_of(item))


def free_text(value: float, down: float | None, up: float | None, regime: str | None) -> str:
    """A value with its errors, and its regime if two errors do not express it."""
    word = WORDS.get(regime or "")
    return sides_text(value, down, up) + (f" ({word})" if word else "")


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
        value: Estimate of the parameter.
        down: Error downward, positive; None if a bound comes first.
        up: Error upward, positive; None if a bound comes first.
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
    """(θ̂ - θ₀)/Δθ with its error; at a bound and in other regimes `error` is None, and `down` and
    `up` come from the profile on each side.

    Args:
        item: Constrained parameter.
        key: Prefix of the names of the errors.
    """
    width = item.prefit_error
    assert width  # a constrained parameter has one
    pull: dict[str, Any] = {"pull": (item.value - item.prefit) / width}
    if item.error is not None and not regime_of(item):
        return pull | {f"{key}error": item.error / width}
    down, up = (None if size is None else size / width for size in error_sizes(item))
    return pull | {
        f"{key}error": None,
        f"{key}down": down,
        f"{key}up": up,
        **regime_keys(item),
    }


def pull_text(item: Mapping[str, Any], key: str = "") -> str:
    """A pull, see `pull_of`, with its error."""
    regime = regime_in(item)
    if regime is None:
        return with_error(item["pull"], item[f"{key}error"])
    return free_text(item["pull"], item[f"{key}down"], item[f"{key}up"], regime)


def yields_note(parameters: Iterable[FittedParameter], label: Callable[[str], str] = str) -> str:
    """Note such as `uncertainties without a valid error of µ`: the parameters whose second
    derivatives give no error but enter the uncertainties of post-fit yields; empty without any.

    Args:
        parameters: Parameters of the fit.
        label: Function from a parameter to its label.
    """
    names = [label(p.name) for p in parameters if p.regime in OF_YIELDS and not p.at_bound]
    return f"uncertainties without a valid error of {', '.join(names)}" if names else ""
