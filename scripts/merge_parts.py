"""Merge the histograms and cutflows of the parts of a dataset, in their order, and normalize to
cross section and luminosity.
"""

import sys
from pathlib import Path

from wollemi.base.json_files import read_json
from wollemi.events.cutflow import merge_region_counts
from wollemi.events.cutflow_merging import joined_files, merge_cutflows, merge_skims
from wollemi.events.split_account import split_account, warn_of_split
from wollemi.histograms.blinding import note_shared_events
from wollemi.histograms.histogram import merge, normalized
from wollemi.histograms.merging import (
    check_certified,
    sum_of_weights,
    undo_skims,
    warn_of_not_numbers,
    write_members,
)
from wollemi.histograms.normalization import normalization_factor
from wollemi.histograms.stitching import slice_entry
from wollemi.histograms.varied import read_varied, separated
from wollemi.inputs.completeness import (
    check_declared_entries,
    check_identifiers,
    check_losses,
    check_manifest,
)
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.loading.manifests import read_manifest
from wollemi.results.cutflow import Cutflow

SECTIONS = (
    "source",
    "weight",
    "weight_sets",
    "normalization",
    "luminosity_ifb",
    "is_data",
    "is_generated_data",
    "completeness",
    "weight_set_systematics",
)
PROGRAM = Program(
    __file__,
    __doc__,
    part_inputs={
        "histograms": "histograms of each part",
        "identifiers": "numbers of the events of each part",
        "earlier": "those of the datasets of the data before this one",
        "skims": "cutflow of each skim",
        "siblings": "those of the datasets that take other events of the same files",
        "partners": "those of the other datasets with events of the same slice of the truth",
        "fills": "region counts of each part",
    },
    inputs={
        "manifest": "manifest of the dataset, or nothing",
        "luminosity": "luminosity of certified blocks, or nothing",
    },
    outputs={
        "merged": "histograms of the dataset, and those of members of weight sets, if there are any",  # noqa: E501
        "cutflow": "cutflow of the dataset",
    },
    options={"dataset": Option("name of the dataset")},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Merge the parts of one dataset."""
    name, settings = job.option("dataset"), job.settings
    skim = merge_skims(map(read_json, job.inputs("skims")))
    split = split_account(skim, map(read_json, job.inputs("siblings")))
    warn_of_split(split)
    manifests = [read_manifest(path) for path in job.inputs("manifest")]
    skim["files"] = joined_files(settings, skim, *manifests)
    fill = merge_region_counts(map(read_json, job.inputs("fills")))
    cutflow = merge_cutflows(skim, fill)
    check_certified(name, cutflow)
    check_losses(name, settings.dataset.tolerate, cutflow)
    for path, manifest in zip(job.inputs("manifest"), manifests, strict=True):
        check_manifest(str(path), manifest, cutflow)
    check_declared_entries(name, settings.dataset.entries, cutflow)
    compared = check_identifiers(
        settings.dataset, settings.is_data, job.inputs("identifiers"), job.inputs("earlier")
    )
    cutflow |= undo_skims(name, settings, cutflow)
    warn_of_not_numbers(name, cutflow)
    split |= slice_entry(name, settings.dataset, cutflow, map(read_json, job.inputs("partners")))
    total = (
        split["slice"]["sum_of_weights"]
        if "slice" in split
        else sum_of_weights(settings, cutflow, skim["entries"])
    )
    factor = normalization_factor(
        name, settings.dataset, settings.is_data, settings.luminosity_ifb, total
    )
    histograms = merge(read_varied(Path(path)) for path in job.inputs("histograms"))
    # Generated data are not real data: every product notes this, as for drawn data.
    marks: dict[str, bool] = {"pseudo_data": True} if settings.is_generated_data else {}
    histograms = normalized(histograms, factor, dataset=name, preview=cutflow["preview"], **marks)
    if not settings.is_data:
        histograms = note_shared_events(histograms, fill["selected"])
    systematics = settings.weight_set_systematics
    write_members(job, systematics, separated(histograms), cutflow)
    sums = {"compared_events": compared, "sum_of_weights": total, "normalization": factor}
    job.write_json("cutflow", Cutflow.model_validate(cutflow | sums | split).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
