"""Keep the events that a later step can use, and count all others.

An event is kept if it passes the skim under any object variation: the union is derived from the
systematics, never guessed. Only branches that some later step uses are kept.
"""

import sys
from contextlib import closing
from typing import Any

from wollemi.event_loop.skim import SkimmedEvents, without_unusable, write_skim_cutflow
from wollemi.events.event_models import load_event_model
from wollemi.inputs.parts import Ranges, read_part
from wollemi.inputs.skim_files import ParquetEvents
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

SECTIONS = (
    "layout",
    "part_files",
    "weight",
    "objects",
    "columns",
    "skim",
    "object_variations",
    "branches",
    "stored_kinematics",
    "kept_branches",
    "is_data",
    "certified_blocks",
    "is_tolerant",
    "checks",
    "skim_corrections",
    "weight_sets",
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
        "events": "events that pass",
        "identifiers": "run, luminosity block and event number of all events",
        "cutflow": "count of the events",
    },
    options={
        "dataset": Option("name of the dataset"),
        "part": Option("number of the part", int),
        "folder": Option("where its fetched or generated files are", default=""),
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Skim one part."""
    settings, part = job.settings, read_part(job)
    model = load_event_model(settings, job.inputs("hooks"), job.inputs("corrections"))

    def skim(files: Ranges) -> dict[str, Any]:
        events = SkimmedEvents(job, settings, model, files)
        with ParquetEvents(job.output("events")) as writer, closing(events.batches()) as batches:
            for batch in batches:
                writer.write(batch)
            writer.finish(events.account.sums())
        return events.content()

    write_skim_cutflow(job, part, *without_unusable(settings, part.files, skim))


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
