"""Events in a bin of a histogram, and its visibility."""

from collections.abc import Mapping

from wollemi.histograms.histogram import Histogram, notes

Histograms = Mapping[str, Mapping[str, Histogram]]


def sums_of(histogram: Histogram, index: int | None) -> tuple[float, float]:
    """Events in a bin and their variance; bin 0 is the underflow, None sums all bins."""
    view = histogram.view(flow=True)
    chosen = slice(None) if index is None else slice(index, index + 1)
    return float(view["value"][chosen].sum()), float(view["variance"][chosen].sum())


def is_hidden(histogram: Histogram, index: int | None) -> bool:
    """Whether a bin is blinded; without an index, whether any bin is."""
    flags = str(notes(histogram).get("blinded", ""))
    return "1" in (flags if index is None else flags[index : index + 1])
