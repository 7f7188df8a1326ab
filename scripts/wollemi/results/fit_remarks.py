"""Remarks on a fit, in words, and where to look next."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from wollemi.base.rounding import significant
from wollemi.results.fit import FitStatus, FittedParameter, OtherMinimum, bin_of
from wollemi.results.parameter_text import yields_note

# A constrained parameter moves by more than this in one fit of twenty, in its own uncertainty.
PULLED = 2.0
# Fraction of its prefit uncertainty below which the data know a parameter better than its source.
CONSTRAINED = 0.5
REGIMES = {
    "wall": (
        "{} is where the expectation of a bin without events reaches 0",
        "its errors are from MINOS, on one side only; merge the bin, or correct what is negative",
    ),
    "flat": (
        "{} is undetermined: -2 ln L does not rise by 1 around it",
        "its value is where the search ended; fix it, or merge its effect with another one",
    ),
    "quartic": (
        "-2 ln L is not a parabola in {}, and its second derivative gives no error",
        "its errors are from MINOS; quote them, or an interval from toys",
    ),
    "asymmetric": (
        "-2 ln L is asymmetric in {}, as with few events",
        "quote both errors, from MINOS; their coverage is known from toys alone",
    ),
    "second minimum": (
        "-2 ln L has another minimum within one standard deviation of {}",
        "its errors are those around one minimum: quote the scan",
    ),
}
Label = Callable[[str], str]  # from a parameter to its label, with TeX between dollar signs


class Remark(NamedTuple):
    """A sentence about a fit, and the next step or place to look."""

    text: str
    look: str


class Shown(Protocol):
    """A fit of `fit.json`, or of the summary."""

    @property
    def status(self) -> FitStatus:
        """Status at the end of the fit."""

    @property
    def parameters(self) -> tuple[FittedParameter, ...]:
        """Its parameters."""

    @property
    def other_minima(self) -> tuple[OtherMinimum, ...]:
        """Its further minima."""


def fit_remarks(fit: Shown, label: Label = str) -> list[Remark]:
    """Remarks that a reader of a fit should know before its numbers; MC statistics, with one
    parameter per bin, are omitted.

    Args:
        fit: Fit to describe.
        label: Function from a parameter to its label.
    """
    if not fit.status.converged:
        text = f"the search found no minimum: {fit.status.message}"
        return [Remark(text, "none of its numbers is a result; look for degenerate parameters")]
    found = []
    if fit.status.undetermined:
        text = f"the data do not tell {', '.join(map(label, fit.status.undetermined))} apart"
        found.append(Remark(text, "fix one of them, or merge their effects"))
    for other in fit.other_minima:
        places = ", ".join(
            f"{label(name)} = {significant(value)}" for name, value in other.values.items()
        )
        text = f"-2 ln L has another minimum at {places}, {other.rise:.2g} above this one"
        found.append(Remark(text, "errors are those around one minimum: quote the scan"))
    for item in fit.parameters:
        if not item.fixed and bin_of(item.name) is None:
            found += _of_parameter(item, label(item.name))
    if note := yields_note(fit.parameters, label):
        found.append(Remark(f"yields after the fit: {note}", "derive them from toys of the fit"))
    return found


def _of_parameter(item: FittedParameter, name: str) -> Iterator[Remark]:
    if item.at_bound:
        text = f"{name} is at its {item.at_bound} bound, {significant(item.value)}"
        yield Remark(
            text, "it has an error on one side only; widen the bounds if values beyond make sense"
        )
    elif item.regime:
        text, look = REGIMES[item.regime]
        yield Remark(text.format(name), look)
    elif item.constraint == "none":
        yield from _open_sides(item, name)
    if item.constraint != "normal" or not item.prefit_error:
        return
    pull = (item.value - item.prefit) / item.prefit_error
    if abs(pull) >= PULLED:
        look = "compare data and prediction before the fit where it acts"
        yield Remark(f"{name} is pulled by {pull:+.1f}σ", look)
    if item.error is not None and not item.at_bound and not item.regime:
        ratio = item.error / item.prefit_error
        if ratio <= CONSTRAINED:
            share = f"{100 * ratio:.0f} % of its uncertainty before the fit"
            look = "is that uncertainty too large, or one parameter used for several effects?"
            yield Remark(f"{name} is constrained to {share}", look)


def _open_sides(item: FittedParameter, name: str) -> Iterator[Remark]:
    """Remarks on sides where the profile ends at a bound before it has risen by 1."""
    sides = (("lower", item.error_down), ("upper", item.error_up))
    for side, error in sides:
        if error is None and (item.error_down is not None or item.error_up is not None):
            text = f"-2 ln L rises by less than 1 between {name} and its {side} bound"
            yield Remark(text, "no error on this side; quote a limit, or widen the bounds")
