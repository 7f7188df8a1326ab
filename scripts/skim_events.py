"""Keep the events that a later step can use, and count all others.

An event is kept if it passes the skim under any object variation: the union is derived from the
systematics, never guessed. Only branches that some later step uses are kept.
"""

import sys

from wollemi.base.errors import WollemiError
from wollemi.base.json_files import read_json
from wollemi.event_loop.skim import skim_part
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

SECTIONS = (
    "source",
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
        "parts": "parts of the dataset",
        "hooks": "hooks.py of the analysis and the modules beside it that it imports, or nothing",
        "corrections": "files of its corrections, in their order, or nothing",
        "certified": "certified luminosity blocks of the data, or nothing",
    },
    outputs={
        "events": "events that pass",
        "identifiers": "run, luminosity block and event number of all events",
        "cutflow": "count of the events",
    },
    options={"dataset": Option("name of the dataset"), "part": Option("number of the part", int)},
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Skim one part."""
    content = read_json(job.input("parts"))
    cutflow = skim_part(job, job.settings, content["parts"][job.option("part")])
    if job.settings.is_data and not content["preview"] and cutflow["skim"][0]["events"] == 0:
        where = ", ".join(item["path"] for item in cutflow["files"])
        raise WollemiError(
            where, "the data have no events", "data must be complete: check the file"
        )
    job.write_json(
        "cutflow",
        {
            "dataset": job.option("dataset"),
            "preview": content["preview"],
            "entries": content["entries"],
        }
        | cutflow,
    )


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
