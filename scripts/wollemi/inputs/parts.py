"""What a job reads of the files of its part: files and entry ranges."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.analysis.models.datasets import Dataset
from wollemi.analysis.plain.parts import file_path
from wollemi.base.errors import WollemiError
from wollemi.base.json_files import read_json
from wollemi.inputs.schemas import Layout
from wollemi.job.job import Job

Ranges = list[dict[str, Any]]


class PartFiles(NamedTuple):
    """What a job reads.

    Args:
        is_preview: whether it is a preview.
        entries: events of all files of the dataset, where they have been counted.
        files: files and entry ranges of the part.
    """

    is_preview: bool
    entries: int | None
    files: Ranges


def read_part(job: Job) -> PartFiles:
    """What the job of a part reads: the ranges from `split_dataset` in a preview, else the listed
    files.

    Args:
        job: with the option `part` and the input `parts`.

    Raises:
        WollemiError: the dataset has no such part.
    """
    number = job.option("part")
    for path in job.inputs("parts"):
        content: dict[str, Any] = read_json(path)
        return PartFiles(content["preview"], content["entries"], content["parts"][number])
    part = job.settings.selected.get("part_files")
    if part is None:
        raise WollemiError(
            f"dataset {job.option('dataset')}",
            f"has no part {number}",
            "compare its files with files_per_job: parts are counted from 0",
        )
    return PartFiles(False, None, file_ranges(part, job.option("folder")))


def file_ranges(part: Mapping[str, Any], folder: str) -> Ranges:
    """Whole files, each with its manifest entry; a range without `stop` goes to the end of its
    file.

    Args:
        part: their entry from `divided_files`.
        folder: where fetched or generated files are.
    """
    return [
        {"path": file_path(file, folder), "start": 0, "stop": None}
        | ({"expected": file, "weight": part["weight"]} if "weight" in part else {})
        for file in part["files"]
    ]


def limit_events(
    parts: Sequence[Ranges], entries: Mapping[str, int], max_events: int
) -> list[Ranges]:
    """The first `max_events` events of the parts, in order; later ranges become empty.

    Args:
        parts: parts of whole files.
        entries: file → its number of events.
        max_events: events to keep.
    """
    left = max_events
    limited: list[Ranges] = []
    for part in parts:
        limited.append([])
        for item in part:
            stop = min(left, entries[item["path"]])
            limited[-1].append(item | {"stop": stop})
            left -= stop
    return limited


def count_files(parts: Sequence[Ranges], dataset: Dataset) -> dict[str, int]:
    """File → its number of events, over all parts.

    Args:
        parts: parts of whole files.
        dataset: its settings.
    """
    # Not at the top: importing awkward takes longer than everything else here.
    from wollemi.inputs.event_files import count_entries

    return {
        item["path"]: count_entries(Path(item["path"]), Layout.of(dataset))
        for part in parts
        for item in part
    }
