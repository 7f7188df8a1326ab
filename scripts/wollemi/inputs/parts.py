"""What a job reads of the files of its part: files and entry ranges."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from wollemi.analysis.models.datasets import Dataset
from wollemi.analysis.plain.parts import file_path
from wollemi.base.json_files import read_json
from wollemi.inputs.batches import shared_entries
from wollemi.inputs.schemas import Layout
from wollemi.job.job import Job
from wollemi_likelihood.base.errors import WollemiError

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
    return PartFiles(False, None, file_ranges(job, part))


def read_common_part(jobs: Sequence[Job]) -> PartFiles:
    """What jobs read that one process does together: it is the same.

    Args:
        jobs: as for `read_part`.

    Raises:
        WollemiError: it is not.
    """
    first, *others = (read_part(job) for job in jobs)
    if any(other != first for other in others):
        names = ", ".join(str(job.option("dataset")) for job in jobs)
        raise WollemiError(
            f"datasets {names}", "do not read the same files", "run each of them alone"
        )
    return first


def file_ranges(job: Job, part: Mapping[str, Any]) -> Ranges:
    """Whole files, each with its manifest entry, or a share of one; a range without `stop` goes to
    the end of its file.

    Args:
        job: with the option `folder`, where fetched or generated files are.
        part: their entry from `divided_files`.
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
    """What a job reads of a file that several jobs share.

    Args:
        job: notes that it was read.
        item: the whole file.
        number: of the job, from 0.
        jobs: how many there are.
    """
    # Not at the top: importing awkward takes longer than a preview without shares.
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
        parts: their files, whole or in ranges.
        entries: file → its number of events.
        max_events: events to keep.
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
