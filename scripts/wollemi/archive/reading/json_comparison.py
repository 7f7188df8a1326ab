"""Compare two JSON or text files: equal within the tolerances, or the first difference. Standard
library only.
"""

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from wollemi.archive.reading.tolerances import Tolerance, tolerance_of

_SHOWN = 120


@dataclass(frozen=True)
class Difference:
    """One place where two JSON files differ.

    Args:
        path: Position in the file, such as `fits.signal.parameters[0].value`.
        then: Archived value.
        now: Value of the re-execution.
        scale: Reference of a scaled tolerance if both are numbers; otherwise None.
    """

    path: str
    then: Any
    now: Any
    scale: float | None = None

    @property
    def text(self) -> str:
        """The difference on one line."""
        return f"{self.path}: {shorten(self.then)} → {shorten(self.now)}"

    def deviation(self, tolerance: Tolerance) -> float:
        """Difference of two numbers relative to the reference of the tolerance; infinite for other
        values.
        """
        if self.scale is None:
            return float("inf")
        size = max(abs(self.then), abs(self.now), self.scale if tolerance.scaled else 0)
        return float(abs(self.then - self.now) / size)

    def within(self, tolerance: Tolerance) -> bool:
        """Whether the difference is within the tolerance."""
        if self.scale is None:
            return False
        if isinstance(self.then, int) and isinstance(self.now, int) and tolerance.relative < 1:
            return False
        return (
            self.deviation(tolerance) <= tolerance.relative
            or abs(self.then - self.now) <= tolerance.absolute
        )


@dataclass(frozen=True)
class Verdict:
    """The result of a comparison.

    Args:
        equal: Whether the contents are equal within the tolerances.
        text: First difference; for equal contents the largest deviation.
    """

    equal: bool
    text: str


def shorten(value: Any) -> str:
    """A value as JSON, truncated if it is long."""
    text = value if isinstance(value, Missing) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


class Missing(str):
    """Placeholder for a missing value."""

    __slots__ = ()


NOTHING = Missing("nothing")


def differences(then: Any, now: Any, path: str = "", scale: float = 0) -> Iterator[Difference]:
    """All differences between two JSON values, in the order of the archived value.

    Args:
        then: Archived value.
        now: Value of the re-execution.
        path: Position of the value in its file.
        scale: Scale for numbers, from the surrounding values.
    """
    if isinstance(then, dict) and isinstance(now, dict):
        for name in [*then, *(name for name in now if name not in then)]:
            place = f"{path}.{name}" if path else str(name)
            around = _error_beside(then) if name == "value" else 0
            yield from differences(then.get(name, NOTHING), now.get(name, NOTHING), place, around)
    elif isinstance(then, list) and isinstance(now, list):
        around = scale or largest(then)
        for index, (old, new) in enumerate(zip_longest(then, now, fillvalue=NOTHING)):
            yield from differences(old, new, f"{path}[{index}]", around)
    elif is_number(then) and is_number(now):
        if then != now:
            yield Difference(path, then, now, scale)
    elif type(then) is not type(now) or then != now:
        yield Difference(path, then, now)


def is_number(value: Any) -> bool:
    """Whether a JSON value is a finite number; true and false are not."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return abs(value) <= sys.float_info.max


def _error_beside(values: Mapping[str, Any]) -> float:
    error = values.get("error")
    return abs(float(error)) if error is not None and is_number(error) else 0


def largest(values: list[Any]) -> float:
    """The largest absolute number in nested lists; 0 without numbers."""
    sizes = (
        largest(value) if isinstance(value, list) else abs(value) if is_number(value) else 0
        for value in values
    )
    return max(sizes, default=0)


def compare_json(product: str, then: Any, now: Any) -> Verdict:
    """Compare the contents of a JSON product.

    Args:
        product: Name of the product in its folder of results; selects the tolerances.
        then: Archived content.
        now: Content of the re-execution.
    """
    deviation, place = 0.0, ""
    for difference in differences(then, now):
        tolerance = tolerance_of(product, difference.path)
        if not difference.within(tolerance):
            return Verdict(False, difference.text)
        if tolerance.relative < 1 and difference.deviation(tolerance) > deviation:
            deviation, place = difference.deviation(tolerance), difference.path
    return Verdict(
        True,
        f"largest relative deviation {deviation:.1e} at {place}"
        if place
        else "other bytes, same content",
    )


def compare_contents(product: str, then: Path, now: Path) -> Verdict:
    """Compare two files with different bytes: as JSON if they are JSON, as rows if they are CSV,
    otherwise as text.

    Args:
        product: Name in its folder of results.
        then: Archived file.
        now: File of the re-execution.
    """
    try:
        read = csv_rows if product.endswith(".csv") else json.loads
        values = [read(path.read_text(encoding="utf-8")) for path in (then, now)]
    except (ValueError, RecursionError, csv.Error):
        return compare_text(then, now)
    return compare_json(product, *values)


def csv_rows(text: str) -> list[dict[str, Any]]:
    """Rows of a CSV file, numbers as numbers.

    Args:
        text: Text with the column names in its first line.
    """
    return [
        {name: _number_or_text(cell) for name, cell in row.items()}
        for row in csv.DictReader(io.StringIO(text))
    ]


def _number_or_text(cell: Any) -> Any:
    try:
        return float(cell)
    except (TypeError, ValueError):
        return cell


def compare_text(then: Path, now: Path) -> Verdict:
    """Compare two files by line, as text or as bytes; without tolerance.

    Args:
        then: Archived file.
        now: File of the re-execution, with different bytes.
    """
    try:
        old, new = (path.read_text(encoding="utf-8").splitlines() for path in (then, now))
    except UnicodeDecodeError:
        pairs = zip_longest(then.read_bytes(), now.read_bytes())
        offset = next(number for number, (first, second) in enumerate(pairs) if first != second)
        return Verdict(False, f"byte {offset}")
    for number, (before, after) in enumerate(zip_longest(old, new, fillvalue=NOTHING), 1):
        if before != after:
            return Verdict(False, f"line {number}: {shorten(before)} → {shorten(after)}")
    return Verdict(False, "line ends")
