"""The HEPData table of a correction measured in the run."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

from wollemi.analysis.plain.measured_maps import SIDES
from wollemi.results.correction_maps import MeasuredMap
from wollemi_publish.hepdata.columns import (
    STATISTICAL,
    WITH_UNIT,
    Column,
    Content,
    asymmetric,
    published,
)

# Kind → title of its column, and of the columns of the file's other maps by the end of their names.
_COLUMNS: dict[str, dict[str, str]] = {
    "efficiency": {"": "Efficiency in simulation"},
    "scale_factor": {
        "": "Scale factor",
        "_data": "Efficiency",
        "_simulation": "Efficiency in simulation",
    },
    "fake_rate": {"": "Fake rate"},
    "pileup": {"": "Data / simulation"},
}
_WITHOUT_INTERVAL = ("pileup",)  # `up` and `down` belong to other distributions of data


def correction_table(
    shown: Mapping[str, Any], name: str, maps: Mapping[str, MeasuredMap], data_label: str
) -> Content:
    """Values in all bins with 68.3 % statistical intervals; for a scale factor also both
    efficiencies. Other variations get separate columns; the era of a map is a qualifier.

    Args:
        shown: `kind` of the correction, `axes`: axis → label, and `era` if it belongs to one.
        name: Name of the correction.
        maps: Maps by name, as in the correction's file.
        data_label: Name of the data in tables.
    """
    kind, columns = shown["kind"], _COLUMNS[shown["kind"]]
    titles = {
        end: f"{title} in {data_label}" if end == "_data" else title
        for end, title in columns.items()
    }
    found = [
        column
        for end, title in titles.items()
        for column in _columns(title, maps[f"{name}{end}"], kind not in _WITHOUT_INTERVAL)
    ]
    era = {"Era": shown["era"]} if "era" in shown else {}
    columns_of_era = [replace(column, qualifiers=era) for column in found]
    return Content(_axes(shown["axes"], maps[name].edges), columns_of_era)


def _axes(labels: Mapping[str, str], edges: Mapping[str, Sequence[float]]) -> list[Column]:
    """Columns of the bins, the last axis varying fastest."""
    cells = [*product(*(pairwise(map(float, ends)) for ends in edges.values()))]
    columns = []
    for place, axis in enumerate(edges):
        matched = WITH_UNIT.match(labels[axis])
        label, unit = matched.group("name", "unit") if matched else (labels[axis], "")
        columns.append(Column(label, [cell[place] for cell in cells], unit))
    return columns


def _columns(title: str, found: MeasuredMap, has_interval: bool) -> list[Column]:
    """Columns of the nominal values and of variations that are not their interval."""
    nominal = found.values["nominal"]
    up, down = (found.values.get(side) for side in SIDES)
    errors = []
    if has_interval and up is not None and down is not None:
        sizes = zip((nominal - down).tolist(), (up - nominal).tolist(), strict=True)
        errors = [asymmetric(STATISTICAL, [*sizes])]
    taken = ("nominal", *(SIDES if errors else ()))
    others = [
        Column(f"{title}, {key.replace('_', ' ')}", [published(value) for value in values.tolist()])
        for key, values in found.values.items()
        if key not in taken
    ]
    return [Column(title, [published(value) for value in nominal.tolist()], errors=errors), *others]
