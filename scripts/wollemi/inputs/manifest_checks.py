"""Comparison of files with their manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wollemi_likelihood.base.errors import WollemiError, counted

if TYPE_CHECKING:
    from wollemi.analysis.models.manifests import ManifestFile

REMEDY = "restore the file, or if the new one is meant, run make_manifest again"


def check_content(expected: ManifestFile, digest: str) -> None:
    """Check that a file is the one in the manifest.

    Args:
        expected: Manifest entry.
        digest: SHA-256 of the file.

    Raises:
        WollemiError: The file is a different one or damaged.
    """
    size = Path(expected.path).stat().st_size
    if size != expected.size:
        raise WollemiError(
            expected.path, f"has {size} bytes, but {expected.size} in the manifest", REMEDY
        )
    if digest != expected.sha256:
        problem = (
            f"is not the file of the manifest\n    expected SHA-256 {expected.sha256}\n    "
            f"found    SHA-256 {digest}"
        )
        raise WollemiError(expected.path, problem, REMEDY)


def check_sum_of_weights(expected: ManifestFile, weight: str, found: float, size: float) -> None:
    """Check that the sum of weights of the file agrees with the manifest.

    Args:
        expected: Manifest entry.
        weight: Branch of the event weight.
        found: Sum of weights.
        size: Sum of absolute weights; the sums may differ by 1e-12 of it, as they depend on the
            order of addition.

    Raises:
        WollemiError: The sums differ.
    """
    if abs(found - expected.sum_of_weights) > 1e-12 * size:
        problem = (
            f"the sum of '{weight}' is {found!r}, but {expected.sum_of_weights!r} in the manifest"
        )
        raise WollemiError(
            expected.path,
            problem,
            "give the dataset the schema and names of the manifest, or make it again",
        )


def check_entries(expected: ManifestFile, entries: int) -> None:
    """Check that the file has the number of events given in the manifest.

    Raises:
        WollemiError: The numbers differ.
    """
    if entries != expected.entries:
        problem = f"has {counted(entries, 'event')}, but {expected.entries} in the manifest"
        raise WollemiError(
            expected.path, problem, "give the dataset the `tree` of the manifest, or make it again"
        )
