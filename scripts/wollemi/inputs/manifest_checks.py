"""Comparing files with their manifest."""

from pathlib import Path

from wollemi.analysis.models.manifests import ManifestFile
from wollemi_likelihood.base.errors import WollemiError

REMEDY = "restore the file, or if the new one is meant, run make_manifest again"


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
