"""Files and entry ranges that the job of a part reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wollemi.analysis.plain.parts import file_path
from wollemi.base.archived_files import present_path
from wollemi.base.json_files import read_json
from wollemi.inputs.batches import shared_entries
from wollemi.inputs.schemas import Layout
from wollemi.job.job import Job
from wollemi_likelihood.base.errors import WollemiError

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import Dataset

Ranges = list[dict[str, Any]]


class PartFiles(NamedTuple):
    """Files and entry ranges to read.

    Args:
        is_preview: Whether the run is a preview.
        entries: Number of events in all files of the dataset, if counted.
        files: Files and entry ranges of the part.
    """

    is_preview: bool
    entries: int | None
    files: Ranges


def read_part(job: Job) -> PartFiles:
    """Files of the job of a part: the ranges from `split_dataset` in a preview, else the listed
    files.

    Args:
        job: Job with the option `part` and the input `parts`.

    Raises:
        WollemiError: The dataset does not have this part.
    """
    number = job.option("part")
    for path in job.inputs("parts"):
        content: dict[str, Any] = read_json(path)
        return PartFiles(content["preview"], content["entries"], content["parts"][number])
    part = job.settings.part_files
    if part is None:
        raise WollemiError(
            f"dataset {job.option('dataset')}",
            f"has no part {number}",
            "compare its files with files_per_job: parts are counted from 0",
        )
    return PartFiles(False, None, file_ranges(job, part))


def read_common_part(jobs: Sequence[Job]) -> PartFiles:
    """Files of several jobs in one process; they must be the same.

    Args:
        jobs: Jobs, as for `read_part`.

    Raises:
        WollemiError: The files differ.
    """
    first, *others = (read_part(job) for job in jobs)
    if any(other != first for other in others):
        names = ", ".join(str(job.option("dataset")) for job in jobs)
        raise WollemiError(
            f"datasets {names}", "do not read the same files", "run each of them alone"
        )
    return first


def file_ranges(job: Job, part: Mapping[str, Any]) -> Ranges:
    """Complete files, each with its manifest entry, or a share of one; a range without `stop`
    extends to the end of its file.

    Args:
        job: Job with the option `folder`, the folder of fetched or generated files.
        part: Entry of the part from `divided_files`.
    """
    whole = [
        {"path": file_path(file, job.option("folder")), "start": 0, "stop": None}
        | ({"expected": file, "weight": part["weight"]} if "weight" in part else {})
        for file in part["files"]
    ]
    return (
        [share_of_file(job, item, *part["share"]) for item in whole] if "share" in part else whole
    )


def share_of_file(job: Job, item: dict[str, Any], number: int, jobs: int) -> dict[str, Any]:
    """Range of a job in a file that several jobs share.

    Args:
        job: Job that records the file as read.
        item: Complete file.
        number: Number of the job, from 0.
        jobs: Number of jobs.
    """
    # Not at the top: importing awkward takes longer than a preview of complete files.
    from wollemi.inputs.event_files import open_events

    path = job.read_file(Path(item["path"]))
    with open_events(path, Layout.of(job.settings.dataset)) as file:
        start, stop = shared_entries(file.clusters(), file.entries, number, jobs)
    return item | {"start": start, "stop": stop, "shared": True}


def limit_events(
    parts: Sequence[Ranges], entries: Mapping[str, int], max_events: int
) -> list[Ranges]:
    """The first `max_events` events of the parts, in order; later ranges become empty.

    Args:
        parts: Files of each part, complete or in ranges.
        entries: File → number of events.
        max_events: Number of events to keep.
    """
    left = max_events
    limited: list[Ranges] = []
    for part in parts:
        limited.append([])
        for item in part:
            last = entries[item["path"]] if item["stop"] is None else item["stop"]
            stop = min(item["start"] + left, last)
            limited[-1].append(item | {"stop": stop})
            left -= stop - item["start"]
    return limited


def count_files(parts: Sequence[Ranges], dataset: Dataset) -> dict[str, int]:
    """Number of events per file, over all parts.

    Args:
        parts: Parts with complete files.
        dataset: Settings of the dataset.
    """
    # Not at the top: importing awkward takes longer than the rest of this module.
    from wollemi.inputs.event_files import count_entries

    return {
        item["path"]: count_entries(Path(present_path(item["path"])), Layout.of(dataset))
        for part in parts
        for item in part
    }
