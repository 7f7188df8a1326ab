"""Events in a bin of a histogram, and whether it may be seen."""

from collections.abc import Mapping

from wollemi.histograms.histogram import Histogram, notes

Histograms = Mapping[str, Mapping[str, Histogram]]


def sums_of(histogram: Histogram, index: int | None) -> tuple[float, float]:
    """Events and their variance in a bin, 0 for the underflow; in all without an index."""
    view = histogram.view(flow=True)
    chosen = slice(None) if index is None else slice(index, index + 1)
    return float(view["value"][chosen].sum()), float(view["variance"][chosen].sum())


def is_hidden(histogram: Histogram, index: int | None) -> bool:
    """Whether the bin, or without an index any, is blinded."""
    flags = str(notes(histogram).get("blinded", ""))
    return "1" in (flags if index is None else flags[index : index + 1])
