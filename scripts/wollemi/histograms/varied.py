"""Histograms of a variable under all variations: one `hist.Hist` whose first axis contains the
names of the variations.

The jobs of a dataset's parts pass them on in this form, as UHI's zip of NumPy arrays. Merged
histograms, which people read, are stored per variation.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import hist
import hist.serialization
import numpy as np
import uhi.io
import uhi.io.zip

from wollemi.base.json_files import REMEDY
from wollemi.histograms.histogram import (
    Axis,
    Histogram,
    any_name,
    axes_of,
    find_flaw,
    from_sums,
    notes,
    number_of_bins,
    with_sums,
)
from wollemi_likelihood.base.arrays import Floats
from wollemi_likelihood.base.errors import WollemiError

_SUFFIX = ".json"  # suffix of histogram descriptions in the zip file, next to their arrays
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError),
    *(AttributeError, KeyError, TypeError, ValueError, RuntimeError),
)


def varied(axis: Axis | Sequence[Axis], variations: Sequence[str], sums: Floats) -> Histogram:
    """Build a histogram under all variations from sums.

    Args:
        axis: Axis of the bins, or several axes.
        variations: Names of the variations.
        sums: Sums of weights and squared weights, shape (variations, 2, bins + 2), underflow first,
            overflow last; for several axes see `fill_axes`.
    """
    axes = axis if isinstance(axis, Sequence) else (axis,)
    # Unnamed, because a variable may have any name.
    names = hist.axis.StrCategory(variations, label="variation", overflow=False)
    with any_name():
        made = hist.Hist(names, *axes, storage=hist.storage.Weight())
    shape = (len(variations), *(axis.size + 2 for axis in axes))
    return with_sums(made, *(sums[:, part].reshape(shape) for part in (0, 1)))


def variations_of(histogram: Histogram) -> list[str]:
    """Names of the variations of a histogram."""
    return list(histogram.axes[0])


def separated(histograms: Mapping[str, Histogram]) -> dict[str, Histogram]:
    """Split histograms into one per variation.

    Args:
        histograms: Histograms under all variations, by `<region>/<variable>`.

    Returns:
        Histograms by `<region>/<variable>/<variation>`.
    """
    return {
        f"{name}/{variation}": from_sums(axes_of(item), value, variance, notes(item))
        for name, item in histograms.items()
        for variation, value, variance in zip(
            variations_of(item), item.values(flow=True), item.variances(flow=True), strict=True
        )
    }


def write_varied(path: Path, histograms: Mapping[str, Histogram]) -> None:
    """Write named histograms to a UHI zip file, without library versions.

    Entries are copied in the order of their names and without a date, because uhi's entries have
    the time of writing and the order of a set.

    Args:
        path: Path of the file.
        histograms: Histograms under all variations, by `<region>/<variable>`.
    """
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file:
        for name, item in histograms.items():
            content: Any = hist.serialization.to_uhi(item)
            uhi.io.zip.write(file, name, uhi.io.remove_writer_info(content, library=None))
    with (
        zipfile.ZipFile(written) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        target.comment = _comment(len(histograms))
        for name in sorted(source.namelist()):
            with target.open(name, "w") as entry:
                entry.write(source.read(name))


def _comment(number: int) -> bytes:
    """Comment of a zip file: its directory, which could lose histograms, has no checksum."""
    return f"histograms: {number}".encode()


def read_varied(path: Path) -> dict[str, Histogram]:
    """Read the histograms written by `write_varied`.

    Raises:
        WollemiError: The file is not valid, or a histogram does not fit its axes.
    """
    content = io.BytesIO(path.read_bytes())
    try:
        with zipfile.ZipFile(content) as file, any_name():
            names = [name for name in file.namelist() if name.endswith(_SUFFIX)]
            if file.comment != _comment(len(names)):
                raise zipfile.BadZipFile(f"{len(names)} found, {file.comment!r}")
            return {
                name.removesuffix(_SUFFIX): _read(path, file, name.removesuffix(_SUFFIX))
                for name in names
            }
    except _DAMAGES as error:
        raise WollemiError(
            str(path), f"is not a zip file of histograms ({type(error).__name__}: {error})", REMEDY
        ) from error


def _read(path: Path, file: zipfile.ZipFile, name: str) -> Histogram:
    content = uhi.io.zip.read(file, name)
    problem = _lost_sums(content)
    if not problem:
        histogram = hist.serialization.from_uhi(content)
        problem = find_flaw(histogram)
    if problem:
        raise WollemiError(str(path), f"'{name}' {problem}", REMEDY)
    return histogram


def _lost_sums(content: Mapping[str, Any]) -> str:
    """Mismatch of sums with variations and bins, checked before memory is allocated."""
    names, *axes = content["axes"]
    shape = (len(names["categories"]), *map(number_of_bins, axes))
    sizes = {what: np.shape(content["storage"][what]) for what in ("values", "variances")}
    return next(
        (
            f"has {what} of {' × '.join(map(str, size))}, but {shape[0]} variations and "
            f"{' × '.join(map(str, shape[1:]))} bins with under- and overflow"
            for what, size in sizes.items()
            if size != shape
        ),
        "",
    )
