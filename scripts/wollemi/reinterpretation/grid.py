"""Many signals from one pattern: the values of each listed point replace the names in braces."""

import contextlib
import csv
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wollemi_likelihood.base.errors import ConfigurationError, WollemiError, counted
from wollemi_likelihood.base.nearest import did_you_mean

GRID = "grid"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
REMEDY = "docs/reinterpretation.md has an example of a grid"
Point = Mapping[str, Any]


def expand_grids(path: Path, document: Mapping[str, Any]) -> dict[str, Any]:
    """The signals of a file, with each `grid` expanded to one signal per point.

    Args:
        path: Path of the file.
        document: Content: signal by name, or by pattern such as `zprime_{mass}`.

    Raises:
        WollemiError: A grid cannot be read, or does not fit its pattern.
    """
    signals: dict[str, Any] = {}
    for name, entry in document.items():
        found = {name: entry}
        if isinstance(entry, Mapping) and GRID in entry:
            points = _points(path, str(name), entry[GRID])
            pattern = {key: value for key, value in entry.items() if key != GRID}
            found = _expand(path, str(name), pattern, points)
        repeated = sorted(map(str, signals.keys() & found.keys()))
        if repeated:
            raise ConfigurationError(
                str(path), [f"{signal}: two signals get this name" for signal in repeated], REMEDY
            )
        signals |= found
    return signals


def _expand(
    path: Path, name: str, pattern: Mapping[str, Any], points: list[Point]
) -> dict[str, Any]:
    signals: dict[str, Any] = {}
    for point in points:
        unknown = sorted(set(_placeholders([name, pattern])) - point.keys())
        if unknown:
            listing = [
                f"{name}: '{{{word}}}' is not a column of the grid{did_you_mean(word, point)}"
                for word in unknown
            ]
            raise ConfigurationError(str(path), listing, REMEDY)
        signal = re.sub(r"\W", "_", str(_filled(name, point, as_text=True)))
        if signal in signals:
            problem = (
                f"{name}: two points of the grid get the name {signal}; put into it what tells "
                "them apart"
            )
            raise ConfigurationError(str(path), [problem], REMEDY)
        signals[signal] = _filled(pattern, point)
    return signals


def _placeholders(value: Any) -> list[str]:
    if isinstance(value, str):
        return _PLACEHOLDER.findall(value)
    parts = (
        [*value.keys(), *value.values()]
        if isinstance(value, Mapping)
        else value
        if isinstance(value, list)
        else []
    )
    return [word for part in parts for word in _placeholders(part)]


def _filled(value: Any, point: Point, as_text: bool = False) -> Any:
    """A value with the values of a point filled in; text that is a single placeholder becomes a
    number if possible.
    """
    if isinstance(value, Mapping):
        return {
            _filled(key, point, as_text=True): _filled(item, point) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_filled(item, point) for item in value]
    if not isinstance(value, str):
        return value
    alone = _PLACEHOLDER.fullmatch(value)
    if alone and not as_text:
        return _as_number(point[alone[1]])
    return _PLACEHOLDER.sub(lambda match: str(point[match[1]]), value)


def _as_number(value: Any) -> Any:
    """Table text as an integer, another number, or the text itself."""
    for kind in (int, float) if isinstance(value, str) else ():
        with contextlib.suppress(ValueError):
            return kind(value)
    return value


def _points(path: Path, name: str, grid: Any) -> list[Point]:
    """The points of a grid: a list of mappings, or a CSV file next to the file of signals."""
    if isinstance(grid, str):
        return _read_csv(path.parent / grid)
    sound = isinstance(grid, list) and grid and all(isinstance(point, Mapping) for point in grid)
    if not sound:
        raise ConfigurationError(
            str(path),
            [f"{name}.grid: is neither a list of mappings nor the name of a CSV file"],
            REMEDY,
        )
    problems = [
        (
            f"{name}.grid: point {number} has other keys than the first: "
            f"{', '.join(map(str, point)) or 'none'}"
        )
        for number, point in enumerate(grid, 1)
        if point.keys() != grid[0].keys()
    ]
    if problems:
        raise ConfigurationError(str(path), problems, REMEDY)
    return [{str(key): value for key, value in point.items()} for point in grid]


def _read_csv(path: Path) -> list[Point]:
    """Rows of a CSV file with a header; empty lines and lines that begin with # are ignored."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        remedy = "name a CSV file, from the folder of the signal file"
        raise WollemiError(str(path), f"this grid cannot be read: {reason}", remedy) from None
    lines = [
        (n, line)
        for n, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(lines) < 2:
        raise WollemiError(
            str(path),
            "this grid has no points",
            "write a header with the names, and below it one line a point",
        )
    rows = [[cell.strip() for cell in row] for row in csv.reader(line for _, line in lines)]
    header = rows[0]
    if len(set(header)) < len(header):
        raise WollemiError(
            str(path),
            f"a name appears twice in its header: {', '.join(header)}",
            "rename one of them",
        )
    for (number, _), row in zip(lines, rows, strict=True):
        if len(row) != len(header):
            here, names = counted(len(row), "value"), counted(len(header), "name")
            problem = f"line {number} has {here}, but the header has {names}"
            raise WollemiError(str(path), problem, "give each point one value for each name")
    return [dict(zip(header, row, strict=True)) for row in rows[1:]]
