"""Fetch the public files of corrections: from a local mirror, else from their URL; only with the
right checksum.
"""

import sys

from wollemi.inputs.download import fetch
from wollemi.job.command_line import MIRRORS, Program
from wollemi.job.job import Job, run_program

SECTIONS = ("correction_files",)
PROGRAM = Program(
    __file__,
    __doc__,
    outputs={"files": "the files, in the order of the section `corrections`"},
    options={"mirrors": MIRRORS},
    sections=SECTIONS,
    brings_files=True,
)


def main(job: Job) -> None:
    """Fetch every public file of the corrections."""
    for remote, target in zip(job.settings.correction_files, job.outputs("files"), strict=True):
        fetch(job.option("mirrors"), remote, target)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
