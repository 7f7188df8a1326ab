"""Creation of manifests, which describe the files of a dataset."""

from pathlib import Path
from typing import Final

from wollemi.analysis.models.manifests import Manifest, ManifestFile
from wollemi.base.digests import file_digest
from wollemi.inputs.schemas import Layout
from wollemi_likelihood.base.errors import WollemiError

FORMAT: Final = "wollemi-manifest-1"


def make_manifest(weight: str | None, files: list[ManifestFile]) -> Manifest:
    """Build a manifest with the sums over the files.

    Args:
        weight: Branch of the event weight.
        files: Descriptions of the files, in order.
    """
    total = sum(file.sum_of_weights for file in files)
    entries = sum(file.entries for file in files)
    return Manifest(
        format=FORMAT, weight=weight, entries=entries, sum_of_weights=total, files=tuple(files)
    )


def describe_file(path: str, layout: Layout, weight: str | None) -> ManifestFile:
    """Describe a complete file; all of its content is read.

    Args:
        path: Path of the file.
        layout: Layout of the file.
        weight: Branch of the event weight; None for 1.

    Raises:
        WollemiError: The file cannot be read, or its weights are not one finite number per event.
    """
    import awkward as ak
    import numpy as np

    from wollemi.inputs.event_files import count_entries, read_all, read_batches
    from wollemi.inputs.weights import check_weights

    place = Path(path)
    if not place.is_file():
        raise WollemiError(path, "this file does not exist", "correct the list of files")
    size, digest = place.stat().st_size, file_digest(place)
    entries, first, total = count_entries(place, layout), 0, 0.0
    for batch in read_batches(place, layout, [weight]) if weight else ():
        check_weights(batch[weight], place, str(weight), first)
        first += len(batch)
        total += float(np.sum(ak.to_numpy(batch[weight]), dtype=np.float64))
    read_all(place, layout)
    return ManifestFile(
        path=path,
        size=size,
        sha256=digest,
        entries=entries,
        sum_of_weights=total if weight else float(entries),
    )
