"""Fetch public files of certified blocks and luminosities: from a mirror, else their URL; only with
the right checksum.
"""

import sys

from wollemi.analysis.models.datasets import RemoteFile
from wollemi.analysis.plain.certification import public_certificates
from wollemi.inputs.download import fetch
from wollemi.job.command_line import MIRRORS, Program
from wollemi.job.job import Job, run_program

SECTIONS = ("certified",)
PROGRAM = Program(
    __file__,
    __doc__,
    outputs={"files": "the files, in the order of the section `certified`"},
    options={"mirrors": MIRRORS},
    sections=SECTIONS,
    brings_files=True,
)


def main(job: Job) -> None:
    """Fetch every public file of the section."""
    files = public_certificates(job.settings.plain)
    for remote, target in zip(files, job.outputs("files"), strict=True):
        fetch(job.option("mirrors"), RemoteFile.model_validate(remote), target)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
