"""Recorded luminosity by run and luminosity block, from the CSV files of `brilcalc lumi
--byls`.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wollemi.inputs.luminosity_blocks import BlockSet, Keys, block_keys
from wollemi_likelihood.base.errors import WollemiError

LOGGER = logging.getLogger("wollemi")

# Units of brilcalc in fb⁻¹; 1 barn = 1e-24 cm².
PER_FB = {"/fb": 1.0, "/pb": 1e3, "/nb": 1e6, "/ub": 1e9, "/mb": 1e12, "/b": 1e15}
COLUMNS = ("run:fill", "ls", "recorded")
REMEDY = (
    "write the file with: brilcalc lumi --byls -i CERTIFIED.json -u /pb --output-style csv -o FILE"
)
# A declared luminosity is rounded: three digits differ by at most 0.5 %.
TOLERANCE = 0.005
# brilcalc leaves out single blocks without a valid measurement.
MOST_WITHOUT_LUMINOSITY = 0.01


@dataclass(frozen=True)
class LuminosityTable:
    """Recorded luminosity per block.

    Args:
        keys: Increasing keys from `block_keys`, shape (blocks,).
        recorded: Recorded luminosity in `unit`, shape (blocks,).
        unit: Unit, such as `/ub`.
    """

    keys: Keys
    recorded: NDArray[np.float64]
    unit: str


def read_table(path: Path) -> LuminosityTable:
    """Read a luminosity table.

    Args:
        path: Path of a CSV file with a header such as `#run:fill,ls,...,recorded(/ub),...`; other
            lines with `#` are comments.

    Raises:
        WollemiError: The file has another format, an instantaneous luminosity, a duplicate block,
            or an invalid number.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError:
        raise WollemiError(str(path), "is not a text file", REMEDY) from None
    header, places, unit = _header(lines, str(path))
    rows = [
        (number, line.split(","))
        for number, line in enumerate(lines, start=1)
        if line and line[0] != "#"
    ]
    rows = [(number, cells) for number, cells in rows if number > header]
    if not rows:
        raise WollemiError(str(path), "has no luminosity block", REMEDY)
    values = [_row(cells, places, f"{path}, line {number}") for number, cells in rows]
    values = [value for value in values if value[1] > 0]  # block 0: the experiment took no data
    keys = block_keys([run for run, _, _ in values], [block for _, block, _ in values])
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(np.diff(keys[order]) == 0)
    if twice.size:
        run, block, _ = values[order[twice[0]]]
        raise WollemiError(str(path), f"block {block} of run {run} appears twice", REMEDY)
    return LuminosityTable(
        keys[order], np.array([recorded for _, _, recorded in values])[order], unit
    )


def _header(lines: list[str], where: str) -> tuple[int, dict[str, int], str]:
    """Number of the header line, column → position, and unit of the recorded luminosity."""
    headers = [line.lower().lstrip("#") for line in lines]
    number = next(
        (
            number
            for number, text in enumerate(headers, start=1)
            if text.startswith(("run:fill,", "run,"))
        ),
        0,
    )
    names = headers[number - 1].split(",")
    if not number:
        raise WollemiError(
            where,
            "has no line that names the columns, such as '#run:fill,ls,...,recorded(/ub)'",
            REMEDY,
        )
    places = {re.sub(r"\(.*", "", name).strip(): place for place, name in enumerate(names)}
    places["run:fill"] = places.get("run:fill", places.get("run", -1))
    missing = [name for name in COLUMNS if name not in places]
    if missing:
        raise WollemiError(where, f"has no column '{missing[0]}'", REMEDY)
    unit = re.search(r"\((.*)\)", names[places["recorded"]])
    if unit is None or unit[1] not in PER_FB:
        problem = (
            f"the recorded luminosity is in '{unit[1] if unit else ''}', which is not one of "
            f"{', '.join(PER_FB)}"
        )
        raise WollemiError(where, problem, REMEDY)
    return number, places, unit[1]


def _row(cells: list[str], places: dict[str, int], where: str) -> tuple[int, int, float]:
    try:
        run, block = (
            int(cells[places[name]].split(":")[index])
            for name, index in (("run:fill", 0), ("ls", -1))
        )
        recorded = float(cells[places["recorded"]])
    except (IndexError, ValueError):
        raise WollemiError(
            where, f"'{','.join(cells)}' has no run, block and luminosity", REMEDY
        ) from None
    if not (0 < run < 1 << 31 and 0 <= block < 1 << 32 and 0 <= recorded < float("inf")):
        raise WollemiError(
            where, f"run {run}, block {block}, luminosity {recorded} are impossible", REMEDY
        )
    return run, block, recorded


def certified_luminosity(table: LuminosityTable, certified: BlockSet) -> dict[str, Any]:
    """Luminosity of the certified blocks.

    Args:
        table: Recorded luminosity.
        certified: Certified blocks.

    Returns:
        `luminosity_ifb` in fb⁻¹, number of certified blocks, and number of these not in the table.
    """
    inside = certified.contains(table.keys)
    return {
        "luminosity_ifb": fsum(table.recorded[inside]) / PER_FB[table.unit],
        "certified_blocks": certified.size,
        "blocks_without_luminosity": certified.size - int(np.sum(inside)),
    }


def check_coverage(found: Mapping[str, Any], where: str) -> None:
    """Check that a table covers the certified blocks.

    Args:
        found: Result of `certified_luminosity`.
        where: Table, for the error.

    Raises:
        WollemiError: More than a few blocks are missing.
    """
    lost, total = found["blocks_without_luminosity"], found["certified_blocks"]
    if lost > MOST_WITHOUT_LUMINOSITY * total or not found["luminosity_ifb"] > 0:
        problem = f"has no luminosity for {lost:,} of {total:,} certified blocks"
        raise WollemiError(
            where,
            problem,
            "make it for these certified blocks: brilcalc lumi --byls -i CERTIFIED.json ...",
        )
    if lost:
        LOGGER.warning("%s: has no luminosity for %d of %d certified blocks", where, lost, total)


def check_declared(declared: float | None, measured: float, era: str) -> None:
    """Check a declared luminosity against the certified blocks.

    Args:
        declared: Declared luminosity in fb⁻¹; None to compare nothing.
        measured: Luminosity of the certified blocks in fb⁻¹.
        era: Name of the era, for the error.

    Raises:
        WollemiError: The luminosities differ by more than `TOLERANCE`.
    """
    if declared is not None and abs(declared / measured - 1) > TOLERANCE:
        problem = f"is {declared:g}, but the certified blocks have {measured:.6g} fb⁻¹"
        remedy = (
            "remove the number, or correct it, the blocks or the table: they may differ by "
            f"{TOLERANCE:.1%}"
        )
        raise WollemiError(f"luminosity_ifb{era and '.'}{era}", problem, remedy)
