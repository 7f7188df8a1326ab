"""Check that data distributions for pile-up measurements are in their files, for files that exist
before anything runs.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wollemi.analysis.plain.corrections import TARGET_NAME, local_path, target_histograms
from wollemi.analysis.plain.measured_eras import measured_place
from wollemi.analysis.plain.measured_maps import axis_edges, measured_corrections
from wollemi.histograms.distributions import read_distribution
from wollemi_likelihood.base.errors import WollemiError


def target_problems(document: Mapping[str, Any]) -> list[str]:
    """Problems of the files and of their histograms, each as `path: problem`.

    Args:
        document: Valid analysis as plain values.
    """
    return [
        problem
        for name, measured in measured_corrections(document).items()
        for key, item in target_histograms(measured).items()
        for problem in _problems(
            f"{measured_place(document, name)}.target.{key}", document["name"], measured, item
        )
    ]


def _problems(
    place: str, run: str, measured: Mapping[str, Any], item: Mapping[str, Any]
) -> Iterator[str]:
    path = Path(local_path(run, item["file"]))
    if isinstance(item["file"], str) and not path.is_file():
        yield f"{place}.file: there is no file '{path}'"
    if not path.is_file():
        return
    (axis,) = measured["axes"].values()
    try:
        read_distribution(path, item.get("histogram", TARGET_NAME)).in_bins(axis_edges(axis))
    except WollemiError as error:
        yield f"{place}: {error.where} {error.problem}"
