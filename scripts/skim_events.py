"""Keep the events that a later step can use, and count all others.

An event is kept if it passes the skim under any object variation: the union is derived from the
systematics, never guessed. Only branches that some later step uses are kept.
"""

import sys
from typing import Any

from wollemi.base.errors import WollemiError
from wollemi.base.json_files import read_json
from wollemi.event_loop.skim import skim_part
from wollemi.inputs.parts import Ranges, file_ranges
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


def what_to_read(job: Job) -> tuple[bool, int | None, Ranges]:
    """Whether it is a preview, the events of all files as far as one has counted them, and files
    and entry ranges of the part.

    Raises:
        WollemiError: the dataset has no such part.
    """
    number = job.option("part")
    for path in job.inputs("parts"):
        content: dict[str, Any] = read_json(path)
        return content["preview"], content["entries"], content["parts"][number]
    part = job.settings.selected.get("part_files")
    if part is None:
        raise WollemiError(
            f"dataset {job.option('dataset')}",
            f"has no part {number}",
            "compare its files with files_per_job: parts are counted from 0",
        )
    return False, None, file_ranges(part, job.option("folder"))


def main(job: Job) -> None:
    """Skim one part."""
    preview, entries, files = what_to_read(job)
    cutflow = skim_part(job, job.settings, files)
    if job.settings.is_data and not preview and cutflow["skim"][0]["events"] == 0:
        where = ", ".join(item["path"] for item in cutflow["files"])
        raise WollemiError(
            where, "the data have no events", "data must be complete: check the file"
        )
    told = {"dataset": job.option("dataset"), "preview": preview, "entries": entries}
    job.write_json("cutflow", told | cutflow)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
