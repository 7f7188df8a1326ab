"""Tables of published curves in HEPData's formats: YAML, JSON and CSV."""

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wollemi.base.yaml import parse_yaml
from wollemi_likelihood.base.errors import WollemiError
from wollemi_likelihood.base.nearest import did_you_mean

_HEADER = re.compile(r"^(?P<name>.*\S)\s*\[(?P<unit>[^\[\]]+)\]$")
# Headers of error columns in HEPData's CSV.
_ERROR = re.compile(r"^(.+ [+-]|.+ (LOW|HIGH))$")
_TABLE = "take a table of HEPData as YAML, JSON or CSV, or numbers of a plot of Wollemi"


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Args:
        name: Header without the unit.
        unit: Unit as written in the header; None without one.
        values: Values, shape (rows,); NaN where missing.
        block: Index of its part of the table; the columns of a part have equal lengths.
    """

    name: str
    unit: str | None
    values: tuple[float, ...]
    block: int = 0


def table_columns(where: str, text: str) -> list[TableColumn]:
    """Columns of a HEPData table in YAML or CSV; a repeated name is numbered.

    Args:
        where: Name of the file, for errors.
        text: Content of the file.

    Raises:
        WollemiError: The content is not a HEPData table with at least two columns of numbers.
    """
    is_yaml = re.search(r"^(in)?dependent_variables:", text, re.MULTILINE)
    found = _of_yaml(where, parse_yaml(where, text)) if is_yaml else _of_csv(text)
    return _checked(where, found)


def json_columns(where: str, content: Mapping[str, Any]) -> list[TableColumn]:
    """Columns of a HEPData table in JSON: structured like its YAML, or as on its web pages, with
    `headers` of all columns and `values` row by row.

    Args:
        where: Name of the file, for errors.
        content: Parsed content of the file.

    Raises:
        WollemiError: The content is not a HEPData table with at least two columns of numbers.
    """
    if "headers" not in content:
        return _checked(where, _of_yaml(where, content))
    try:
        headers = [
            header["name"]
            for header in content["headers"]
            for _ in range(int(header.get("colspan", 1)))
        ]
        rows = [[_value(cell) for cell in (*row["x"], *row["y"])] for row in content["values"]]
        if any(len(row) != len(headers) for row in rows):
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError):
        raise WollemiError(where, "is not a HEPData table", _TABLE) from None
    found = [_column(name, [row[place] for row in rows]) for place, name in enumerate(headers)]
    return _checked(where, found)


def two_columns(
    where: str, columns: Sequence[TableColumn], x: str | None, y: str | None
) -> tuple[TableColumn, TableColumn]:
    """The two columns of a curve.

    Args:
        where: Name of the file, for errors.
        columns: Columns of the table.
        x: Name of the first column; None for the first in the table.
        y: Name of the second column; None if only one other exists.

    Raises:
        WollemiError: A column is missing, or the choice is ambiguous.
    """
    second = None if y is None else _named(where, columns, y)
    beside = [item for item in columns if second is None or item.block == second.block]
    first = beside[0] if x is None else _named(where, beside, x)
    if second is None:
        others = [item for item in columns if item is not first and item.block == first.block]
        if len(others) != 1 or len({item.block for item in columns}) > 1:
            problem = f"has {len(columns)} columns: {_listed(columns)}"
            raise WollemiError(where, problem, "name one as `y`, and another one as `x`")
        second = others[0]
    return first, second


def _named(where: str, columns: Sequence[TableColumn], name: str) -> TableColumn:
    for item in columns:
        if item.name == name:
            return item
    names = [item.name for item in columns]
    problem = f"has no column '{name}'{did_you_mean(name, names)}"
    raise WollemiError(where, problem, f"name one of its columns: {_listed(columns)}")


def _listed(columns: Iterable[TableColumn]) -> str:
    return ", ".join(f"'{item.name}'" for item in columns)


def _checked(where: str, columns: Sequence[TableColumn]) -> list[TableColumn]:
    known = [item for item in columns if any(map(math.isfinite, item.values))]
    if len(known) < 2:
        raise WollemiError(where, "has no two columns of numbers", _TABLE)
    seen: dict[str, int] = {}
    named: list[TableColumn] = []
    for item in known:
        # Each block of a CSV begins with the same column.
        again = bool(named) and item.name == named[0].name and item.block != named[-1].block
        seen[item.name] = number = seen.get(item.name, 0) + (not again)
        name = item.name if number == 1 or again else f"{item.name} ({number})"
        named.append(TableColumn(name, item.unit, item.values, item.block))
    return named


def _of_yaml(where: str, content: Any) -> list[TableColumn]:
    try:
        return [
            _column(
                str(item["header"]["name"]),
                [_value(cell) for cell in item["values"]],
                item["header"].get("units"),
            )
            for kind in ("independent_variables", "dependent_variables")
            for item in content[kind]
        ]
    except (KeyError, TypeError, AttributeError):
        raise WollemiError(where, "is not a HEPData table", _TABLE) from None


def _of_csv(text: str) -> list[TableColumn]:
    """Columns from blocks of rows, each with a header; HEPData has a block per group of columns."""
    blocks: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if not line.strip():
            blocks.append([])
        elif not line.startswith("#"):
            blocks[-1] += csv.reader([line])
    found = []
    for number, (header, *rows) in enumerate(block for block in blocks if block):
        for place, name in enumerate(header):
            cells = [row[place] if place < len(row) else "" for row in rows]
            if not _ERROR.match(name.strip()):
                found.append(_column(name.strip(), map(_number, cells), None, number))
    return found


def _column(
    name: str, values: Iterable[float], unit: str | None = None, block: int = 0
) -> TableColumn:
    match = _HEADER.match(name.strip())
    if match is not None:
        name, unit = match["name"], unit or match["unit"]
    return TableColumn(name.strip(), str(unit) if unit else None, tuple(values), block)


def _value(cell: Mapping[str, Any]) -> float:
    """A value in a HEPData cell; for a bin, its center."""
    if cell.get("value") is not None:
        return _number(cell["value"])
    return 0.5 * (_number(cell.get("low")) + _number(cell.get("high")))


def _number(value: Any) -> float:
    """The cell as a number; NaN unless it is finite, for example for `-`."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return math.nan
    return found if math.isfinite(found) else math.nan
