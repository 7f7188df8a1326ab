"""Marks noted in histograms."""

from collections.abc import Sequence

from wollemi.histograms.histogram import Histogram, notes
from wollemi.results.marks import PREVIEW, PSEUDO_DATA


def noted_marks(histograms: Sequence[Histogram]) -> tuple[str, ...]:
    """Marks noted in the histograms."""
    keys = {"pseudo_data": PSEUDO_DATA, "preview": PREVIEW}
    return tuple(
        mark for key, mark in keys.items() if any(notes(item).get(key) for item in histograms)
    )
