"""Parts of a dataset: small lists of files and entry ranges."""

from pathlib import Path
from typing import Any

from wollemi.analysis.models.datasets import Dataset
from wollemi.inputs.manifests import Manifest
from wollemi.inputs.schemas import Layout


def split_files(files: list[str], files_per_job: int) -> list[list[dict[str, Any]]]:
    """Whole files in groups of `files_per_job`; a range without `stop` goes to the end of its
    file.
    """
    ranges = [{"path": file, "start": 0, "stop": None} for file in files]
    return [ranges[first : first + files_per_job] for first in range(0, len(ranges), files_per_job)]


def limit_events(
    parts: list[list[dict[str, Any]]], entries: dict[str, int], max_events: int
) -> list[list[dict[str, Any]]]:
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
    return [
        [item | {"expected": expected[item["path"]], "weight": manifest.weight} for item in part]
        for part in parts
    ]


def make_parts(
    name: str,
    dataset: Dataset,
    files: list[str],
    max_events: int,
    whole: bool,
    manifest: Manifest | None = None,
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
        # Not at the top: only a preview reads events, and importing awkward costs more than all
        # else here.
        from wollemi.inputs.event_files import count_entries

        entries = {file: count_entries(Path(file), Layout.of(dataset)) for file in files}
        content["entries"] = sum(entries.values())
        parts = limit_events(parts, entries, max_events)
    return content | {"parts": parts}
