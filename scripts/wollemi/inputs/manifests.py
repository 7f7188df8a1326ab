"""Manifests: descriptions of the files of a dataset, and checks against them."""

from pathlib import Path
from typing import Final

from wollemi.analysis.models.manifests import Manifest, ManifestFile
from wollemi.base.digests import file_digest
from wollemi.base.errors import WollemiError
from wollemi.inputs.schemas import Layout

FORMAT: Final = "wollemi-manifest-1"
REMEDY = "restore the file, or if the new one is meant, run make_manifest again"


def make_manifest(weight: str | None, files: list[ManifestFile]) -> Manifest:
    """Build a manifest with the sums over the files.

    Args:
        weight: branch of the event weight.
        files: in their order.
    """
    total = sum(file.sum_of_weights for file in files)
    entries = sum(file.entries for file in files)
    return Manifest(
        format=FORMAT, weight=weight, entries=entries, sum_of_weights=total, files=tuple(files)
    )


def describe_file(path: str, layout: Layout, weight: str | None) -> ManifestFile:
    """Describe a whole file: everything in it is read.

    Args:
        path: the file.
        layout: how events lie in it.
        weight: branch of the event weight; None for 1.

    Raises:
        WollemiError: it cannot be read, or a weight is not finite.
    """
    import awkward as ak
    import numpy as np

    from wollemi.inputs.event_files import count_entries, read_all, read_batches

    place = Path(path)
    if not place.is_file():
        raise WollemiError(path, "this file does not exist", "correct the list of files")
    size, digest = place.stat().st_size, file_digest(place)
    entries, total = count_entries(place, layout), 0.0
    for batch in read_batches(place, layout, [weight]) if weight else ():
        total += float(np.sum(ak.to_numpy(batch[weight]), dtype=np.float64))
    read_all(place, layout)
    if not np.isfinite(total):
        raise WollemiError(
            path, f"a weight '{weight}' is not a finite number", "check the file, or leave it out"
        )
    return ManifestFile(
        path=path,
        size=size,
        sha256=digest,
        entries=entries,
        sum_of_weights=total if weight else float(entries),
    )


def check_content(expected: ManifestFile, digest: str) -> None:
    """Is a file the one in the manifest?

    Args:
        expected: the manifest entry.
        digest: SHA-256 of the file.

    Raises:
        WollemiError: it is a different file, or damaged.
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
    """Does the sum of weights of the file agree with the manifest?

    Args:
        expected: the manifest entry.
        weight: branch of the event weight.
        found: sum of weights.
        size: sum of their absolute values; the sums may differ by 1e-12 of it, as they depend on
            the order of addition.

    Raises:
        WollemiError: it does not.
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
    """Does the file have as many events as the manifest says?

    Raises:
        WollemiError: it has more or fewer.
    """
    if entries != expected.entries:
        problem = f"has {entries} events, but {expected.entries} in the manifest"
        raise WollemiError(
            expected.path, problem, "give the dataset the `tree` of the manifest, or make it again"
        )
