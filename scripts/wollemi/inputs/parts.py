"""What a job reads of the files of its part: files and entry ranges."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wollemi.analysis.models.datasets import Dataset
from wollemi.analysis.plain.parts import file_path
from wollemi.inputs.schemas import Layout

Ranges = list[dict[str, Any]]


def file_ranges(part: Mapping[str, Any], folder: str) -> Ranges:
    """Whole files, with what a manifest says of each; a range without `stop` goes to the end of its
    file.

    Args:
        part: what is told of them, of `divided_files`.
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
    """File → its number of events, of all parts.

    Args:
        parts: parts of whole files.
        dataset: its settings.
    """
    # Not at the top: importing awkward costs more than all else here.
    from wollemi.inputs.event_files import count_entries

    return {
        item["path"]: count_entries(Path(item["path"]), Layout.of(dataset))
        for part in parts
        for item in part
    }
