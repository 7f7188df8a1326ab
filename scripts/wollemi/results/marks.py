"""Marks that appear on every product of a run: pseudo-data, PREVIEW, BLINDED."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Sample
    from wollemi.analysis.models.datasets import Dataset

PSEUDO_DATA, PREVIEW = "pseudo-data", "PREVIEW"


def find_marks(
    samples: Mapping[str, Sample],
    datasets: Mapping[str, Dataset],
    cutflows: Mapping[str, Mapping[str, Any]],
) -> list[str]:
    """Marks of a run.

    Args:
        samples: Samples of the analysis.
        datasets: Datasets of the analysis.
        cutflows: Dataset → cutflow.
    """
    data = [
        name for sample in samples.values() if sample.role == "data" for name in sample.datasets
    ]
    drawn = any(
        datasets[name].draw is not None or datasets[name].generate is not None for name in data
    )
    preview = any(item["preview"] for item in cutflows.values())
    blinded = any("blinded" in item for item in cutflows.values())
    return [
        mark
        for mark, present in ((PSEUDO_DATA, drawn), (PREVIEW, preview), (BLINDED, blinded))
        if present
    ]


def data_label(label: str, marks: Iterable[str]) -> str:
    """Name of the data in legends and tables; pseudo-data are always labeled as such."""
    if PSEUDO_DATA in marks and "pseudo" not in label.lower():
        return "Pseudo-data"
    return label


BLINDED = "BLINDED"  # mark of products with partly hidden data


def measurement_marks(measurement: str) -> tuple[str, ...]:
    """Marks in the name of a measurement: `zprime [pseudo-data] [PREVIEW]` has two."""
    return tuple(re.findall(r"\[([^\]]+)\]", measurement))


def common_marks(measurements: Iterable[str], known: Iterable[str] = ()) -> tuple[str, ...]:
    """Marks of a product of several measurements: all marks that any of them has.

    Args:
        measurements: Names of the measurements; other text in brackets is ignored.
        known: Further marks.
    """
    found = {*known, *(mark for name in measurements for mark in measurement_marks(name))}
    return tuple(mark for mark in (PSEUDO_DATA, PREVIEW, BLINDED) if mark in found)
