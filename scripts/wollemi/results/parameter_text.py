"""A fitted parameter with its error as text; at a bound there is none on one side, and the text says so."""

from collections.abc import Mapping
from typing import Any

from wollemi.base.rounding import decimals_for, significant, with_decimals, with_error, with_errors

Item = Mapping[str, Any]  # a parameter of `fit.json`, or its strength in `summary.json`
NOTHING = "–"


def error_sizes(item: Item) -> tuple[float | None, float | None]:
    """Errors downward and upward, both positive: those of the second derivatives, at a bound those of the profile.

    None: there is no error on that side, because the bound is there.
    """
    return (item["error_down"], item["error_up"]) if "at_bound" in item else (item["error"], item["error"])


def profile_sizes(item: Item) -> tuple[float | None, float | None]:
    """As `error_sizes`, with the errors of MINOS where there are any."""
    down, up = item["error_down"], item["error_up"]
    return error_sizes(item) if down is None and up is None else (down, up)


def value_text(item: Item) -> str:
    """A parameter with its symmetric error, `0.88 ± 0.40`; at a bound `0.00 +0.03 (at its lower bound)`."""
    if "at_bound" not in item:
        return with_error(item["value"], item["error"])
    down, up = error_sizes(item)
    return free_text({**item, "down": down, "up": up})


def free_text(item: Item) -> str:
    """A `value` with its errors `down` and `up`, and where it is if that is its bound."""
    note = f" (at its {item['at_bound']} bound)" if "at_bound" in item else ""
    return sides_text(item["value"], item["down"], item["up"]) + note


def minos_text(item: Item) -> str:
    """A parameter with the errors of MINOS: `0.88 +0.43 −0.37`, with one of them `0.10 +0.30`; a dash without any."""
    down, up = item["error_down"], item["error_up"]
    return NOTHING if down is None and up is None else sides_text(item["value"], down, up)


def sides_text(value: float, down: float | None, up: float | None) -> str:
    """A value with the errors that it has.

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
    return f"{with_decimals(value, decimals)} {'−' if up is None else '+'}{with_decimals(known[0], decimals)}"


def pull_of(item: Item, key: str = "") -> dict[str, Any]:
    """(θ̂ - θ₀)/Δθ with its error; at a bound `error` is None, and `down` and `up` are what the profile gives on each side.

    Args:
        item: a constrained parameter.
        key: what the names of the errors begin with.
    """
    width = item["prefit_error"]
    pull = {"pull": (item["value"] - item["prefit"]) / width}
    if "at_bound" not in item:
        return pull | {f"{key}error": item["error"] / width}
    down, up = (None if size is None else size / width for size in error_sizes(item))
    return pull | {f"{key}error": None, f"{key}down": down, f"{key}up": up, "at_bound": item["at_bound"]}


def pull_text(item: Item, key: str = "") -> str:
    """A pull, see `pull_of`, with its error."""
    if "at_bound" not in item:
        return with_error(item["pull"], item[f"{key}error"])
    return free_text({"value": item["pull"], "down": item[f"{key}down"], "up": item[f"{key}up"], "at_bound": item["at_bound"]})
