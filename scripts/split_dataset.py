"""Divide the files of a dataset into parts: small lists of files and entry ranges."""

import sys
from pathlib import Path

from wollemi.inputs.manifests import read_manifest
from wollemi.inputs.parts import make_parts
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.results.parts import DatasetParts

SECTIONS = ("source", "stays_whole")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"manifest": "manifest of the dataset, or nothing"},
    outputs={"parts": "parts of the dataset"},
    options={
        "dataset": Option("name of the dataset"),
        "files": Option("its files, in order", Path, repeat=True),
        "max_events": Option(
            "preview: use only so many events of the dataset; 0: all", int, default=0
        ),
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Read the names of the files, write the parts."""
    files = [str(path) for path in job.option("files")]
    dataset = job.settings.dataset
    whole = job.settings.selected["stays_whole"]
    manifests = [read_manifest(path) for path in job.inputs("manifest")]
    if manifests:
        files = [file.path for file in manifests[0].files]
    if job.option("max_events") and not whole:  # their events are counted
        files = [str(job.read_file(Path(file))) for file in files]
    content = make_parts(
        job.option("dataset"),
        dataset,
        files,
        job.option("max_events"),
        whole,
        next(iter(manifests), None),
    )
    job.write_json("parts", DatasetParts.model_validate(content).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
