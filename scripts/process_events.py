"""Read the events of one part of a dataset, count them, and fill the histograms of every region,
variable and variation: what an analysis without a skim does in one step.

Events are checked and counted as `skim_events` does, and filled as `fill_histograms` does, batch by
batch: their results are the same bits, and no events are written. Files of which several datasets
take events are read once, as there.
"""

import sys
from contextlib import closing
from typing import Any

from wollemi.event_loop.filler import Histograms, PartFiller, visible_events, write_part
from wollemi.event_loop.skimmed_events import (
    skimmed_batches,
    skimmed_datasets,
    without_unusable,
    write_skim_cutflow,
)
from wollemi.inputs.parts import Ranges, read_common_part
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

SECTIONS = (
    "layout",
    "part_files",
    "weight",
    "event_weight",
    "objects",
    "columns",
    "skim",
    "unlabeled_variables",
    "regions",
    "object_variations",
    "weight_variations",
    "fill_corrections",
    "weight_sets",
    "branches",
    "stored_kinematics",
    "is_data",
    "certified_blocks",
    "is_tolerant",
    "checks",
    "hidden",
    "read_together",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "parts": "what a preview reads of the dataset, or nothing: its files as they are listed",
        "hooks": "hooks.py of the analysis and the modules beside it that it imports, or nothing",
        "corrections": "files of its corrections, in their order, or nothing",
        "certified": "certified luminosity blocks of the data, or nothing",
    },
    outputs={
        "identifiers": "run, luminosity block and event number of all events",
        "histograms": "histograms of the part",
        "cutflow": "count of the events",
        "regions": "events of each region",
    },
    options={
        "dataset": Option("name of the dataset"),
        "part": Option("number of the part", int),
        "folder": Option("where its fetched or generated files are", default=""),
    },
    sections=SECTIONS,
    reads_together=True,
)


def main(job: Job) -> None:
    """Read and fill one part, for each dataset that uses its events."""
    part = read_common_part(job.together)

    def process(files: Ranges) -> list[tuple[dict[str, Any], tuple[Histograms, dict[str, Any]]]]:
        datasets = skimmed_datasets(job.together, files)
        fillers = [
            PartFiller(dataset.job.settings, dataset.model, dataset.job.option("dataset"))
            for dataset in datasets
        ]
        with closing(skimmed_batches(datasets)) as batches:
            for kept in batches:
                for dataset, filler, batch in zip(datasets, fillers, kept, strict=True):
                    own = dataset.job
                    with own.placing():
                        for visible in visible_events(own.settings, dataset.model, [batch]):
                            filler.add(visible)
        return [
            (dataset.content(), filler.result())
            for dataset, filler in zip(datasets, fillers, strict=True)
        ]

    processed, failed = without_unusable(job.settings, part.files, process)
    for own, (content, filled) in zip(job.together, processed, strict=True):
        write_skim_cutflow(own, part, content, failed)
        write_part(own, "regions", *filled)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
