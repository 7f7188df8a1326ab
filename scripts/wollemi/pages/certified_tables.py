"""The table of certified luminosity blocks in the summary."""

from collections.abc import Mapping
from typing import Any

from wollemi.analysis.models.datasets import Dataset
from wollemi.analysis.plain.certification import CUT, WHOLE, certifications
from wollemi.analysis.plain.cut_names import SELECTION, SLICE, TRIGGER
from wollemi.inputs.luminosity_blocks import merge_blocks, seen_blocks

# Lines of the cutflow before the skim, in their order.
OPTIONAL = (CUT, SLICE, SELECTION, TRIGGER)


def certified_rows(
    selected: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    cutflows: Mapping[str, Mapping[str, Any]],
    measured: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """The certified blocks of each era.

    Args:
        selected: Section `certified`, if present.
        datasets: Datasets of the analysis.
        cutflows: Dataset → cutflow.
        measured: Era → luminosity of its certified blocks, from `sum_luminosity`.

    Returns:
        Rows with `era`, `datasets`, the number of `blocks`, the number of them `without_events` in
        any of the datasets (a hint of missing files), and `luminosity_ifb`, `declared_ifb`,
        `blocks_without_luminosity`, if the luminosity is measured.
    """
    rows = []
    for era in certifications(selected):
        own = [
            name
            for name in cutflows
            if "certified" in cutflows[name] and era in (WHOLE, datasets[name].era)
        ]
        found = merge_blocks([cutflows[name] for name in own]).get("certified")
        luminosity = dict(measured.get(era, {}))
        blocks = luminosity.pop("certified_blocks", found and found["blocks"])
        missing = found and found["blocks"] - seen_blocks(found).size
        rows.append(
            {"era": era, "datasets": own, "blocks": blocks, "without_events": missing} | luminosity
        )
    return [row for row in rows if row["blocks"] is not None]


def aligned_cutflows(cutflows: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Cutflows with the same first lines: all events pass a certificate, trigger or selection that
    a dataset does not need.

    Data and simulation then fit into one table. A dataset without events keeps its lines.
    """
    lines = {
        name: {line["cut"]: line for line in item["skim"][1:5] if line["cut"] in OPTIONAL}
        for name, item in cutflows.items()
    }
    wanted = [cut for cut in OPTIONAL if any(cut in found for found in lines.values())]
    return {
        name: {**item, "skim": _aligned(item["skim"], lines[name], wanted)}
        if item["skim"] and wanted
        else item
        for name, item in cutflows.items()
    }


def _aligned(
    skim: list[dict[str, Any]], own: Mapping[str, dict[str, Any]], wanted: list[str]
) -> list[dict[str, Any]]:
    first = skim[:1]
    for cut in wanted:
        first.append(own.get(cut) or first[-1] | {"cut": cut})
    return first + skim[1 + len(own) :]
