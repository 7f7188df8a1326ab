"""Completeness of a dataset: its files up to the declared tolerance, each event exactly once."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wollemi.inputs.identifiers import require_unique
from wollemi_likelihood.base.errors import WollemiError, counted, listed

if TYPE_CHECKING:
    from wollemi.analysis.models.datasets import Dataset
    from wollemi.analysis.models.manifests import Manifest

LOGGER = logging.getLogger("wollemi")
MOST_NAMED = 50


def check_losses(name: str, tolerate: str | None, cutflow: Mapping[str, Any]) -> None:
    """Check that at most the tolerated fraction of files is left out.

    Args:
        name: Name of the dataset.
        tolerate: Largest fraction of its files, such as `2%`; None for no file.
        cutflow: Cutflow of the dataset, with `files` and `failed_files`.

    Raises:
        WollemiError: More files are left out; all are listed with their causes.
    """
    failed = cutflow["failed_files"]
    if not failed:
        return
    files = len(failed) + len(cutflow["files"])
    share = f"{len(failed)} of {files} files are left out ({100 * len(failed) / files:.3g} %)"
    lines = [f"{item['path']}: {item['problem']}" for item in failed]
    if len(failed) > Fraction((tolerate or "0%").rstrip("%")) / 100 * files:
        problem = f"{share}, more than tolerate: {tolerate}{listed(lines, MOST_NAMED)}"
        raise WollemiError(f"dataset {name}", problem, "fix these files, or tolerate more")
    LOGGER.warning("dataset %s: %s%s", name, share, listed(lines, MOST_NAMED))


def check_manifest(where: str, manifest: Manifest, cutflow: Mapping[str, Any]) -> None:
    """Check that the parts together read the files of the manifest, each once with all its events.

    Size, digest, events and Σw of each file were compared when it was read.

    Args:
        where: Path of the manifest.
        manifest: Content of the manifest.
        cutflow: Cutflow of the dataset; a preview reads fewer events.

    Raises:
        WollemiError: A file is missing, unlisted or read twice.
    """
    read = [file["path"] for file in (*cutflow["files"], *cutflow["failed_files"])]
    listed_there = [file.path for file in manifest.files]
    if sorted(read) != sorted(listed_there):
        names = sorted(set(read) ^ set(listed_there)) or ["one of them twice"]
        problem = (
            f"lists {counted(len(listed_there), 'file')}, and the parts have read {len(read)}"
            f"{listed(names, MOST_NAMED)}"
        )
        raise WollemiError(where, problem, "run again with the present manifest")
    found = sum(file["events"] for file in cutflow["files"])
    if not cutflow["preview"] and not cutflow["failed_files"] and found != manifest.entries:
        problem = f"says {counted(manifest.entries, 'entry')}, and the parts have read {found}"
        raise WollemiError(where, problem, "make it again with make_manifest")


def check_declared_entries(name: str, declared: int | None, cutflow: Mapping[str, Any]) -> None:
    """Check that the dataset has as many events as it declares.

    Args:
        name: Name of the dataset.
        declared: Number of events in all its files; None for any number.
        cutflow: Cutflow of the dataset; with files left out, nothing is compared.

    Raises:
        WollemiError: The numbers differ.
    """
    found = cutflow["account"]["entries"]
    if declared is not None and not cutflow["failed_files"] and found != declared:
        problem = f"has {counted(found, 'event')}, but {declared} are declared (entries)"
        raise WollemiError(
            f"dataset {name}", problem, "complete the files, or correct datasets.*.entries"
        )


def check_identifiers(
    dataset: Dataset, is_data: bool, own: Sequence[Path], earlier: Sequence[Path]
) -> int | None:
    """Check that each event appears once, by run, luminosity block and event number.

    Args:
        dataset: Settings of the dataset.
        is_data: Whether it belongs to the data.
        own: Files of its event numbers, one per part.
        earlier: Files of the preceding data datasets, already compared with each other.

    Returns:
        Number of events compared; None if the event numbers may repeat.

    Raises:
        WollemiError: An event appears more than once.
    """
    if dataset.repeated_numbers:
        return None
    remedy = (
        "name each file once, in one dataset"
        if is_data
        else "name each file once, or set repeated_numbers: true"
    )
    return require_unique(own, earlier, remedy)
