"""Keep the events that a later step can use, and count all others.

An event is kept if it passes the skim under any object variation: the union is derived from the
systematics, never guessed. Only branches that some later step uses are kept. Files of which several
datasets take events are read once: their command lines follow each other, with `+` between them.
"""

import sys
from contextlib import ExitStack, closing
from typing import Any

from wollemi.event_loop.skimmed_events import (
    skimmed_batches,
    skimmed_datasets,
    without_unusable,
    write_skim_cutflow,
)
from wollemi.inputs.parts import Ranges, read_common_part
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
    reads_together=True,
)


def main(job: Job) -> None:
    """Skim one part, for each dataset that uses its events."""
    part = read_common_part(job.together)

    def skim(files: Ranges) -> list[dict[str, Any]]:
        datasets = skimmed_datasets(job.together, files)
        with ExitStack() as opened:
            writers = [
                opened.enter_context(ParquetEvents(dataset.job.output("events")))
                for dataset in datasets
            ]
            batches = opened.enter_context(closing(skimmed_batches(datasets)))
            for kept in batches:
                for writer, batch in zip(writers, kept, strict=True):
                    writer.write(batch)
            for writer, dataset in zip(writers, datasets, strict=True):
                writer.finish(dataset.account.sums())
        return [dataset.content() for dataset in datasets]

    contents, failed = without_unusable(job.settings, part.files, skim)
    for own, content in zip(job.together, contents, strict=True):
        write_skim_cutflow(own, part, content, failed)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
