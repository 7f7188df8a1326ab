"""The table of certified luminosity blocks in the summary."""

from collections.abc import Mapping
from typing import Any

from wollemi.certification import CUT, WHOLE, certifications
from wollemi.dataset_configuration import Dataset
from wollemi.luminosity_blocks import merge_blocks, seen_blocks


def certified_rows(
    selected: Mapping[str, Any],
    datasets: Mapping[str, Dataset],
    cutflows: Mapping[str, Mapping[str, Any]],
    measured: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """What is known of the certified blocks of each era.

    Args:
        selected: the section `certified`, if there is one.
        datasets: of the analysis.
        cutflows: dataset → cutflow.
        measured: era → luminosity of its certified blocks, as `sum_luminosity` found it.

    Returns:
        Rows with `era`, `datasets`, the number of `blocks`, of those `without_events` in any of the datasets (a hint of missing
        files), and `luminosity_ifb`, `declared_ifb`, `blocks_without_luminosity`, where the luminosity is measured.
    """
    rows = []
    for era in certifications(selected):
        own = [name for name in cutflows if "certified" in cutflows[name] and era in (WHOLE, datasets[name].era)]
        found = merge_blocks([cutflows[name] for name in own]).get("certified")
        luminosity = dict(measured.get(era, {}))
        blocks = luminosity.pop("certified_blocks", found and found["blocks"])
        missing = found and found["blocks"] - seen_blocks(found).size
        rows.append({"era": era, "datasets": own, "blocks": blocks, "without_events": missing} | luminosity)
    return [row for row in rows if row["blocks"] is not None]


def with_certified_line(cutflows: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Cutflows in which simulation has the line of certified data, too: it passes as a whole, and can be shown beside them."""
    if not any("certified" in item for item in cutflows.values()):
        return dict(cutflows)
    return {
        name: item if "certified" in item or not item["skim"] else {**item, "skim": _passed(item["skim"])}
        for name, item in cutflows.items()
    }


def _passed(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [lines[0], lines[0] | {"cut": CUT}, *lines[1:]]
