"""Fetch the public files of a dataset: from a local mirror, else from their URL; only with the
right checksum.
"""

import sys

from wollemi.inputs.download import fetch
from wollemi.job.command_line import MIRRORS, Option, Program
from wollemi.job.job import Job, run_program

SECTIONS = ("source",)
PROGRAM = Program(
    __file__,
    __doc__,
    outputs={"files": "the files, in the order of the dataset"},
    options={
        "dataset": Option("name of the dataset"),
        "mirrors": MIRRORS,
    },
    sections=SECTIONS,
    brings_files=True,
)


def main(job: Job) -> None:
    """Fetch every file of a dataset."""
    remotes = [item for item in job.settings.dataset.files or () if not isinstance(item, str)]
    for remote, target in zip(remotes, job.outputs("files"), strict=True):
        fetch(job.option("mirrors"), remote, target)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
