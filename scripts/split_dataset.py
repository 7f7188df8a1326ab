"""Divide the first events of a dataset into parts, for a preview: small lists of files and entry
ranges.
"""

import sys
from pathlib import Path

from wollemi.analysis.plain.parts import divided_files
from wollemi.inputs.parts import count_files, file_ranges, limit_events
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program
from wollemi.loading.manifests import manifest_content
from wollemi.results.parts import DatasetParts

SECTIONS = ("source", "stays_whole")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"manifest": "manifest of the dataset, or nothing"},
    outputs={"parts": "parts of the dataset"},
    options={
        "dataset": Option("name of the dataset"),
        "folder": Option("where its fetched or generated files are", default=""),
        "max_events": Option("use only so many events of the dataset", int),
    },
    sections=SECTIONS,
)


def main(job: Job) -> None:
    """Count the events of the files and write the parts."""
    manifests = [manifest_content(path) for path in job.inputs("manifest")]
    divided = divided_files(job.settings.source, *manifests)
    parts = [file_ranges(job, part) for part in divided]
    content = {"dataset": job.option("dataset"), "preview": True, "entries": None, "parts": parts}
    if not job.settings.stays_whole:
        for item in (item for part in parts for item in part):
            job.read_file(Path(item["path"]))
        entries = count_files(parts, job.settings.dataset)
        content |= {
            "entries": sum(entries.values()),
            "parts": limit_events(parts, entries, job.option("max_events")),
        }
    job.write_json("parts", DatasetParts.model_validate(content).plain())


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
