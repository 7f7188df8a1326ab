"""Merge the histograms and cutflows of the parts of a dataset, in their order, and normalize to cross section and luminosity."""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.weight_sets import is_member
from wollemi.analysis.settings import Settings
from wollemi.base.errors import WollemiError
from wollemi.base.json_files import read_json
from wollemi.events.cutflow import merge_cutflows, merge_region_counts
from wollemi.events.not_numbers import describe_losses
from wollemi.histograms.blinding import note_shared_events
from wollemi.histograms.histogram import Histogram, merge, normalized, read_histograms, write_histograms
from wollemi.histograms.normalization import normalization_factor
from wollemi.histograms.produced_sums import add_missing_members, compare_declared, produced_line
from wollemi.histograms.weight_sets import both_sides, normalized_members
from wollemi.inputs.completeness import check_declared_entries, check_identifiers, check_losses
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

LOGGER = logging.getLogger("wollemi")
SECTIONS = ("normalization", "luminosity_ifb", "is_data", "is_generated_data", "completeness", "member_systematics")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "histograms": "histograms of each part",
        "identifiers": "numbers of the events of each part",
        "earlier": "those of the datasets of the data before this one",
        "skims": "cutflow of each skim",
        "fills": "region counts of each part",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "merged": "histograms of the dataset, and those of members of systematics, if there are any",
        "cutflow": "cutflow of the dataset",
    },
    options={"dataset": Option("name of the dataset")},
    sections=SECTIONS,
)


def sum_of_weights(settings: Settings, cutflow: dict[str, Any], entries: int | None) -> float:
    """Σw before any cut: of the events that were produced, or as declared.

    Args:
        settings: of the dataset.
        cutflow: the merged cutflow.
        entries: number of events of all files, known in a preview.
    """
    declared = settings.dataset.sum_of_weights
    if declared is None:
        return float(cutflow.get("produced", cutflow["skim"][0])["sum_of_weights"])
    # ASSUME: the first events of a preview carry their share of the declared sum of weights.
    return declared * (cutflow["skim"][0]["events"] / entries if entries else 1.0)


def undo_skims(name: str, settings: Settings, cutflow: Mapping[str, Any]) -> dict[str, Any]:
    """What the cutflow says of the events before the files were skimmed, where Σw follows from it: `produced`, `member_sums`.

    Args:
        name: the dataset, for the error.
        settings: of the dataset.
        cutflow: merged.

    Raises:
        WollemiError: the files do not tell enough, or something else than was declared.
    """
    dataset, systematics = settings.dataset, settings.selected["member_systematics"]
    if settings.is_data or dataset.normalization == "none":
        return {}
    if dataset.sum_of_weights is None:
        line = produced_line(name, cutflow)
    else:
        line = compare_declared(name, dataset.sum_of_weights, systematics, cutflow)
    if line is None:
        return {}
    members = {"member_sums": add_missing_members(name, cutflow, systematics)} if systematics else {}
    return {"produced": line} | members


def check_certified(name: str, cutflow: Mapping[str, Any]) -> None:
    """Are any events of a dataset certified?

    Args:
        name: the dataset, for the error.
        cutflow: merged.

    Raises:
        WollemiError: none is, though there are some.
    """
    if "certified" in cutflow and not cutflow["certified"]["with_events"] and not cutflow["preview"]:
        problem = f"none of its {cutflow['skim'][0]['events']:,} events is in a certified luminosity block"
        raise WollemiError(f"dataset {name}", problem, "check that the section certified names the file of this era")


def write_members(job: Job, systematics: Mapping[str, Any], histograms: dict[str, Histogram], cutflow: Mapping[str, Any]) -> None:
    """Write the histograms of the dataset, with both sides of its systematics that have members, and those of the members apart.

    Args:
        job: where to write.
        systematics: that have members and act on the dataset.
        histograms: all of them.
        cutflow: of the dataset.
    """
    members = {name: item for name, item in histograms.items() if is_member(name, systematics)}
    merged = {name: item for name, item in histograms.items() if name not in members}
    if systematics:
        total = cutflow.get("produced", cutflow["skim"][0])["sum_of_weights"]
        members = normalized_members(members, systematics, cutflow["member_sums"], total)
        merged |= both_sides(merged, members, systematics)
    for path, content in zip(job.outputs("merged"), (merged, members), strict=False):
        write_histograms(path, content)


def warn_of_not_numbers(name: str, cutflow: Mapping[str, Any]) -> None:
    """Say which histograms of a dataset lack entries because their values are not numbers."""
    selected = {region: lines[-1]["events"] or 0 for region, lines in cutflow["regions"].items()}
    for line in describe_losses(cutflow["account"].get("not_numbers", {}), selected):
        LOGGER.warning("%s: %s", name, line)


def main(job: Job) -> None:
    """Merge the parts of one dataset."""
    name, settings = job.option("dataset"), job.settings
    skims, fills = ([read_json(path) for path in job.inputs(kind)] for kind in ("skims", "fills"))
    cutflow = merge_cutflows(skims, fills)
    check_certified(name, cutflow)
    check_losses(name, settings.dataset.tolerate, cutflow)
    check_declared_entries(name, settings.dataset.entries, cutflow)
    compared = check_identifiers(settings.dataset, settings.is_data, job.inputs("identifiers"), job.inputs("earlier"))
    cutflow |= undo_skims(name, settings, cutflow)
    warn_of_not_numbers(name, cutflow)
    total = sum_of_weights(settings, cutflow, skims[0]["entries"])
    factor = normalization_factor(name, settings.dataset, settings.is_data, settings.luminosity_ifb, total)
    histograms = merge(read_histograms(Path(path)) for path in job.inputs("histograms"))
    # Generated data are no data: every product says so, as of those that are drawn.
    marks: dict[str, bool] = {"pseudo_data": True} if settings.selected["is_generated_data"] else {}
    histograms = normalized(histograms, factor, dataset=name, preview=cutflow["preview"], **marks)
    if not settings.is_data:
        histograms = note_shared_events(histograms, merge_region_counts(fills)["selected"])
    write_members(job, settings.selected["member_systematics"], histograms, cutflow)
    job.write_json("cutflow", cutflow | {"compared_events": compared, "sum_of_weights": total, "normalization": factor})


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
