"""Divide the files of a dataset into parts: small lists of files and entry ranges."""

import sys
from pathlib import Path
from typing import Any

from wollemi.analysis.models.datasets import Dataset
from wollemi.inputs.manifests import Manifest, read_manifest
from wollemi.inputs.schemas import Layout
from wollemi.job.command_line import Option, Program
from wollemi.job.job import Job, run_program

SECTIONS = ("source", "stays_whole")
PROGRAM = Program(
    __file__,
    __doc__,
    inputs={"manifest": "manifest of the dataset, or nothing"},
    outputs={"parts": "parts of the dataset"},
    options={
        "dataset": Option("name of the dataset"),
        "files": Option("its files, in order", Path, repeat=True),
        "max_events": Option("preview: use only so many events of the dataset; 0: all", int, default=0),
    },
    sections=SECTIONS,
)


def split_files(files: list[str], files_per_job: int) -> list[list[dict[str, Any]]]:
    """Whole files in groups of `files_per_job`; a range without `stop` goes to the end of its file."""
    ranges = [{"path": file, "start": 0, "stop": None} for file in files]
    return [ranges[first : first + files_per_job] for first in range(0, len(ranges), files_per_job)]


def limit_events(parts: list[list[dict[str, Any]]], entries: dict[str, int], max_events: int) -> list[list[dict[str, Any]]]:
    """The first `max_events` events of the parts, in order; later ranges become empty.

    Args:
        parts: parts of whole files.
        entries: file → its number of events.
        max_events: events to keep.
    """
    left = max_events
    limited: list[list[dict[str, Any]]] = []
    for part in parts:
        limited.append([])
        for item in part:
            stop = min(left, entries[item["path"]])
            limited[-1].append(item | {"stop": stop})
            left -= stop
    return limited


def expect(parts: list[list[dict[str, Any]]], manifest: Manifest) -> list[list[dict[str, Any]]]:
    """Give each file of the parts what the manifest says of it."""
    expected = {file.path: file.model_dump() for file in manifest.files}
    return [[item | {"expected": expected[item["path"]], "weight": manifest.weight} for item in part] for part in parts]


def make_parts(
    name: str, dataset: Dataset, files: list[str], max_events: int, whole: bool, manifest: Manifest | None = None
) -> dict[str, Any]:
    """The content of the product.

    Args:
        name: the dataset.
        dataset: its settings.
        files: its files.
        max_events: preview: so many events; 0: all.
        whole: a preview keeps all events.
        manifest: of the dataset; none: its files are taken as they are.
    """
    parts = split_files(files, dataset.files_per_job)
    content: dict[str, Any] = {"dataset": name, "preview": bool(max_events), "entries": None}
    if manifest is not None:
        parts = expect(parts, manifest)
    if max_events and not whole:
        # Not at the top: only a preview reads events, and importing awkward costs more than all else here.
        from wollemi.inputs.event_files import count_entries

        entries = {file: count_entries(Path(file), Layout.of(dataset)) for file in files}
        content["entries"] = sum(entries.values())
        parts = limit_events(parts, entries, max_events)
    return content | {"parts": parts}


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
    content = make_parts(job.option("dataset"), dataset, files, job.option("max_events"), whole, next(iter(manifests), None))
    job.write_json("parts", content)


if __name__ == "__main__":
    sys.exit(run_program(PROGRAM, main))
