"""Differences between two runs in quoted numbers: strengths, pulls, limits, significances, yields,
cutflows.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wollemi.base.json_files import REMEDY
from wollemi.base.numbers import check_finite, plain_number
from wollemi.history.changed_cutflows import ORDER_OF_A_SUM
from wollemi_likelihood.base.errors import WollemiError, counted

# Products that are read, by their names in the folder of results.
PRODUCTS = ("fit.json", "limits.json", "significances.json", "summary.json")
# Smallest change relative to a value's error or itself: less depends on the CPU (tolerances.py).
SAME = 1e-6
# Errors raised when reading a part of another type, or a missing part.
_OTHER_SHAPE = (KeyError, TypeError, AttributeError, ValueError, IndexError)
_SHOWN = 8  # most changes of a kind, the largest ones


@dataclass(frozen=True)
class Change:
    """A number that differs between two runs.

    Args:
        kind: Kind of the number, such as `yield`.
        name: Name of the object that the number belongs to.
        then: Value in the first run; None if missing.
        now: Value in the second run; None if missing.
        error: Error of the first value; None if unknown.
        unit: Unit after the values, such as `σ`.
        new_error: Error of the second value, if the error itself is a result.
    """

    kind: str
    name: str
    then: float | None
    now: float | None
    error: float | None = None
    unit: str = ""
    new_error: float | None = None

    @property
    def size(self) -> float:
        """Size by which changes are ordered: in units of the error if known, else relative."""
        if self.then is None or self.now is None:
            return math.inf
        scale = self.error or abs(self.then)
        moved = max(abs(self.now - self.then), abs(self._wider))
        return moved / scale if scale else math.inf

    @property
    def _wider(self) -> float:
        """Increase of the error."""
        return self.new_error - self.error if self.error and self.new_error else 0.0

    @property
    def is_one(self) -> bool:
        """Whether the change is larger than rounding errors."""
        return (self.then != self.now or self._wider != 0) and self.size > SAME

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Row of the table: name, then, now, change."""
        values = ((self.then, self.error), (self.now, self.new_error))
        then, now = (
            "none" if value is None else f"{_number(value)}{_plus_minus(error)}{self.unit}"
            for value, error in values
        )
        return f"{self.kind}: {self.name}", then, now, self._change

    @property
    def _change(self) -> str:
        if self.then is None or self.now is None:
            return "new" if self.then is None else "gone"
        difference = self.now - self.then
        if self.error:
            wider = self._wider / self.error
            more = f", error {100 * wider:+.2g} %" if abs(wider) > SAME else ""
            return f"{difference / self.error:+.2g}σ{more}"
        if self.unit:
            return f"{difference:+.2g}{self.unit}"
        return f"{100 * difference / self.then:+.2g} %" if self.then else f"{difference:+.3g}"


def find_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """Find all numbers that differ, by kind, the largest changes first.

    Args:
        then: Content of the first run's products by name in `PRODUCTS`; some may be missing.
        now: Content of the second run's products.
    """
    changes: list[Change] = []
    for read in _READERS:
        old, new = dict(read(then)), dict(read(now))
        found = [_change(name, old.get(name), new.get(name)) for name in {**old, **new}]
        changes += sorted(filter(lambda change: change.is_one, found), key=lambda item: -item.size)
    return changes


def check_product(where: str, name: str, content: Any) -> None:
    """Check the structure and the numbers that a comparison reads.

    Args:
        where: Path of the product.
        name: Name of the product, one of `PRODUCTS`.
        content: Content of the product as plain values.

    Raises:
        WollemiError: The product has a wrong structure, or numbers that are not finite.
    """
    check_finite(where, content)
    try:
        for value in _all_numbers({name: content}):
            if value is not None:
                plain_number(where, "a number", value)
    except _OTHER_SHAPE as error:
        raise WollemiError(where, "is not a product of a run", REMEDY) from error


def _all_numbers(run: Mapping[str, Any]) -> Iterator[Any]:
    """All numbers that are compared, including cutflows."""
    for read in _READERS:
        for values in dict(read(run)).values():
            yield from values
    for tables in (run.get("summary.json", {}).get("cutflow") or {}).values():
        for flow in tables:
            ", ".join(flow["cuts"])  # raises an error if a cut is not a text
            for number in range(len(flow["cuts"])):
                yield from _passing(flow, number).values()


def changed_cuts(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """First difference between the cutflows of each region, one line per region.

    Args:
        then: Products of the first run, as for `find_changes`.
        now: Products of the second run.
    """
    old, new = (run.get("summary.json", {}).get("cutflow") or {} for run in (then, now))
    lines = []
    for region in {**old, **new}:
        if region not in old or region not in new:
            lines.append(f"region {region}: only in the {'second' if region in new else 'first'}")
        else:
            # Samples with different skims have separate tables.
            found = [
                line
                for first, second in zip(old[region], new[region], strict=False)
                for line in _first_difference(region, first, second)
            ]
            if not found and len(old[region]) != len(new[region]):
                found = [f"region {region}: other samples are cut in the same way"]
            lines += found[:1]
    return lines


def change_lines(changes: Sequence[Change]) -> Iterator[str]:
    """Changes as a Markdown table, the largest of each kind."""
    if not changes:
        yield "No yield, fit, limit or significance differs."
        return
    yield "| what | then | now | change |"
    yield "| --- | --- | --- | --- |"
    for kind in dict.fromkeys(change.kind for change in changes):
        group = [change for change in changes if change.kind == kind]
        yield from (f"| {' | '.join(change.cells)} |" for change in group[:_SHOWN])
        if len(group) > _SHOWN:
            yield f"| {kind}: {len(group) - _SHOWN} more | | | |"


Quantity = tuple[float | None, float | None]  # value, error
Named = Iterator[tuple[tuple[str, str, str], Quantity]]  # kind, name, unit


def _change(name: tuple[str, str, str], then: Quantity | None, now: Quantity | None) -> Change:
    kind, whose, unit = name
    (old, error), (new, new_error) = then or (None, None), now or (None, None)
    # The error of a yield comes from simulated statistics, the error of a pull from before the fit.
    return Change(kind, whose, old, new, error, unit, new_error if kind == "fit" else None)


def _fits(run: Mapping[str, Any]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    fits: Mapping[str, Mapping[str, Any]] = run.get("fit.json", {}).get("fits", {})
    return fits.items()


def _strengths(run: Mapping[str, Any]) -> Named:
    for fit, result in _fits(run):
        of_interest = {result["poi"], *result.get("pois", ())}
        for parameter in result["parameters"]:
            if parameter["name"] in of_interest and not parameter["fixed"]:
                name = f"{fit}, {parameter['name']}"
                yield ("fit", name, ""), (parameter["value"], parameter["error"])


def _pulls(run: Mapping[str, Any]) -> Named:
    for fit, result in _fits(run):
        of_interest = {result["poi"], *result.get("pois", ())}
        for parameter in result["parameters"]:
            if parameter["name"] not in of_interest:
                name = f"{fit}, {parameter['name']}"
                error = parameter["prefit_error"] or parameter["error"]
                yield ("pull", name, ""), (parameter["value"], error)


def _limits(run: Mapping[str, Any]) -> Named:
    for signal, limit in run.get("limits.json", {}).get("limits", {}).items():
        expected = limit["expected"]
        median = expected[len(expected) // 2] if isinstance(expected, list) else expected
        yield ("limit", f"{signal}, observed", ""), (limit["observed"], None)
        yield ("limit", f"{signal}, expected", ""), (median, None)


def _significances(run: Mapping[str, Any]) -> Named:
    found = run.get("significances.json", {}).get("significances", {})
    for signal, item in found.items():
        for kind in ("observed", "expected"):
            yield ("significance", f"{signal}, {kind}", "σ"), (item[kind], None)


def _yields(run: Mapping[str, Any]) -> Named:
    for region, samples in (run.get("summary.json", {}).get("selected") or {}).items():
        for sample, item in samples.items():
            yield ("yield", f"{region}, {sample}", ""), (item["sum"], item["error"])


def _first_difference(region: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    for number, (cut, other) in enumerate(zip(old["cuts"], new["cuts"], strict=False)):
        if cut != other:
            return [f"region {region}, cut {number}: {_changed_cut(cut, other, old, new)}"]
        before, after = (_passing(flow, number) for flow in (old, new))
        samples = [name for name in before if _differ(before[name], after.get(name))]
        if samples:
            shown = ", ".join(
                f"{name} {_number(before[name])} → {_number(after.get(name))}"
                for name in samples[:3]
            )
            more = f" and {len(samples) - 3} more samples" if len(samples) > 3 else ""
            return [f"region {region}, from cut {number} on ({cut}): {shown}{more}"]
    if len(old["cuts"]) != len(new["cuts"]):
        return [f"region {region}: {len(old['cuts'])} → {counted(len(new['cuts']), 'cut')}"]
    return []


def _changed_cut(cut: str, other: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if cut in new["cuts"]:
        return f"{other} is new" if other not in old["cuts"] else f"{cut} comes later"
    return f"{cut} is gone" if other in old["cuts"] else f"{cut} → {other}"


def _passing(flow: Mapping[str, Any], number: int) -> dict[str, float | None]:
    return {
        name: steps[number]["sum"] if number < len(steps) else None
        for name, steps in flow["samples"].items()
    }


def _differ(then: float | None, now: float | None) -> bool:
    """Whether two sums of weights differ. A missing or blinded sum counts as different."""
    if then is None or now is None:
        return then is not now
    return not math.isclose(then, now, rel_tol=ORDER_OF_A_SUM)


def _plus_minus(error: float | None) -> str:
    return f" ± {error:.4g}" if error else ""


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.6g}"


_READERS = (_strengths, _limits, _significances, _yields, _pulls)
