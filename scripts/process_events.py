"""Read the events of one part of a dataset, count them, and fill the histograms of every region,
variable and variation: what an analysis without a skim does in one step.

Events are checked and counted as `skim_events` does, and filled as `fill_histograms` does, batch by
batch: their results are the same bits, and no events are written.
"""

import sys
from contextlib import closing
from typing import Any

from wollemi.event_loop.filler import (
    Histograms,
    fill_part,
    visible_events,
    write_part,
)
from wollemi.event_loop.skim import SkimmedEvents, without_unusable, write_skim_cutflow
from wollemi.events.event_models import load_event_model
from wollemi.inputs.parts import Ranges, read_part
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
)


def main(job: Job) -> None:
    """Read and fill one part."""
    settings, part, dataset = job.settings, read_part(job), job.option("dataset")
    model = load_event_model(settings, job.inputs("hooks"), job.inputs("corrections"))

    def process(files: Ranges) -> tuple[dict[str, Any], tuple[Histograms, dict[str, Any]]]:
        events = SkimmedEvents(job, settings, model, files)
        with closing(events.batches()) as batches:
            visible = visible_events(settings, model, batches)
            filled = fill_part(settings, model, visible, dataset)
        return events.content(), filled

    (content, filled), failed = without_unusable(settings, part.files, process)
    write_skim_cutflow(job, part, content, failed)
    write_part(job, "regions", *filled)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
