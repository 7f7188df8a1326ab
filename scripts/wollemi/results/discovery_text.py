"""A scan for an excess as text."""

from collections.abc import Callable

from wollemi.base.rounding import significant, with_decimals, with_error
from wollemi.results.discovery import WAYS, Discovery, GlobalPValue, ScannedSignal
from wollemi.results.marks import BLINDED
from wollemi_likelihood.base.errors import counted

# The method, for captions.
METHOD = (
    "Local p-values: q0, asymptotic formulae, at most 0.5. Global: how often the background alone "
    "has an excess as large anywhere in the scan, by toys of the fit of the backgrounds to the "
    "data, and by the upcrossings of q0 = 0.5 (arXiv:1005.1891), which take the scan for a "
    "continuous one"
)


def local_text(found: ScannedSignal) -> str:
    """p-value and significance of one signal, `0.021 (2.04σ)`."""
    if found.p_value is None or found.significance is None:
        return BLINDED
    return f"{significant(found.p_value, 2)} ({with_decimals(found.significance, 2)}σ)"


def global_text(found: GlobalPValue) -> str:
    """Text such as `0.072 ± 0.008 (1.46σ)`, or `below 0.001` if no toy is as large."""
    if found.p_value == 0:
        return f"below {significant(found.p_value_error, 2)}"
    value = with_error(found.p_value, found.p_value_error)
    return f"{value} ({with_decimals(found.significance, 2)}σ)"


def excess_text(found: Discovery) -> str:
    """The largest excess with its trials factor, `0.013 (2.23σ), trials factor 3.3`."""
    if found.largest is None:
        return BLINDED
    trials = f", trials factor {significant(found.trials, 2)}" if found.trials else ""
    return local_text(found.signals[found.largest]) + trials


def largest_text(found: Discovery, label: Callable[[str], str] = str) -> str:
    """The largest excess with its trials factor and the label of its signal."""
    text = excess_text(found)
    return text if found.largest is None else f"{label(found.largest)}: {text}"


def upcrossings_text(found: Discovery) -> str:
    """Number of upcrossings in data and toys."""
    crossings = found.upcrossings
    seen = BLINDED if crossings.observed is None else f"{crossings.observed}"
    mean = with_error(crossings.mean, crossings.mean_error)
    failed = f", {found.failed} without a fit" if found.failed else ""
    thrown = f"{counted(len(found.toys), 'toy', ',')}{failed}"
    return f"upcrossings of q0 = {crossings.level:g}: {seen}, in {thrown}: {mean}"


def global_rows(found: Discovery) -> dict[str, str]:
    """Name of a method → its global p-value."""
    return {
        title: global_text(found.global_p_values[way])
        for way, title in WAYS.items()
        if way in found.global_p_values
    }


def discovery_lines(found: Discovery) -> list[str]:
    """The numbers, one per line."""
    lines = [
        f"{name}: local p-value {local_text(item)}, expected {with_decimals(item.expected, 2)}σ"
        for name, item in found.ordered.items()
    ]
    lines.append(f"largest excess: {largest_text(found)}")
    rows = global_rows(found)
    lines += [f"global p-value, {title}: {text}" for title, text in rows.items()]
    return [*lines, upcrossings_text(found)]
