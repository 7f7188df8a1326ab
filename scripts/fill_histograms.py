"""Fill the histograms of every region, variable and variation from the events of one part of a
dataset.
"""

import sys
from collections.abc import Iterator

import awkward as ak

from wollemi.event_loop.filler import fill_part, visible_events, write_part
from wollemi.events.event_models import load_event_model
from wollemi.inputs.event_files import read_batches
from wollemi.inputs.schemas import Layout
from wollemi.inputs.skim_files import size_of_skim
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

SECTIONS = (
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
    "hidden",
)
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={
        "events": "events of one part",
        "hooks": "hooks.py of the analysis and the modules beside it that it imports, or nothing",
        "corrections": "files of its corrections, in their order, or nothing",
    },
    outputs={
        "histograms": "histograms of the part",
        "cutflow": "events of each region",
    },
    options={"dataset": Option("name of the dataset")},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Fill the histograms of one part."""
    settings = job.settings
    model = load_event_model(settings, job.inputs("hooks"), job.inputs("corrections"))
    events = job.input("events")
    columns, expected = size_of_skim(events)
    # A part without usable files does not have columns: nothing can be evaluated.
    batches: Iterator[ak.Array] = iter(())
    if columns:
        batches = read_batches(events, Layout(), settings.branches, more=settings.stored_kinematics)
    visible = map(job.counted, visible_events(settings, model, batches))
    filled = fill_part(settings, model, visible, job.option("dataset"), expected)
    write_part(job, "cutflow", *filled)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
