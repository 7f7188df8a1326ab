"""What a bin is made of: events of each sample, and what each variation changes there."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

from wollemi.analysis.models.analysis import Sample
from wollemi.histograms.histogram import Histogram, add_all, histogram_name, notes

Histograms = Mapping[str, Mapping[str, Histogram]]


@dataclass(frozen=True)
class Share:
    """A sample in a bin.

    Args:
        sample: its name.
        events: normalized; None if blinded.
        error: from the number of events.
        changes: variation → relative change, the largest first.
    """

    sample: str
    events: float | None
    error: float = 0.0
    changes: tuple[tuple[str, float], ...] = ()


def composition(
    histograms: Histograms,
    samples: Mapping[str, Sample],
    region: str,
    variable: str,
    index: int | None,
) -> list[Share]:
    """Samples with the histogram, in their order.

    Args:
        histograms: dataset → name → histogram.
        samples: of the analysis.
        region: name of the region.
        variable: name of the variable.
        index: of the bin, 0 for the underflow; None for all together.
    """
    found = []
    for name, sample in samples.items():
        nominal = list(_of(histograms, sample, histogram_name(region, variable)))
        if len(nominal) < len(sample.datasets) or not nominal:
            continue
        if any(is_hidden(item, index) for item in nominal):
            found.append(Share(name, None))
            continue
        events, variance = sums_of(add_all(nominal), index)
        changes = _changes(histograms, sample, f"{region}/{variable}/", events, index)
        found.append(Share(name, events, sqrt(variance), tuple(changes)))
    return found


def _of(histograms: Histograms, sample: Sample, name: str) -> Iterator[Histogram]:
    return (
        histograms[dataset][name]
        for dataset in sample.datasets
        if name in histograms.get(dataset, {})
    )


def sums_of(histogram: Histogram, index: int | None) -> tuple[float, float]:
    """Events and their variance in a bin, 0 for the underflow; in all without an index."""
    view = histogram.view(flow=True)
    chosen = slice(None) if index is None else slice(index, index + 1)
    return float(view["value"][chosen].sum()), float(view["variance"][chosen].sum())


def is_hidden(histogram: Histogram, index: int | None) -> bool:
    """Whether the bin, or without an index any, is blinded."""
    flags = str(notes(histogram).get("blinded", ""))
    return "1" in (flags if index is None else flags[index : index + 1])


def _changes(
    histograms: Histograms, sample: Sample, start: str, nominal: float, index: int | None
) -> list[tuple[str, float]]:
    """Those of variations that a dataset of the sample has; the others keep their events."""
    if nominal == 0:
        return []
    datasets = [histograms[dataset] for dataset in sample.datasets]
    found = {}
    for variation in _variations(datasets, start):
        name, usual = start + variation, f"{start}nominal"
        varied = sum(sums_of(items.get(name, items[usual]), index)[0] for items in datasets)
        found[variation] = varied / nominal - 1
    return sorted(found.items(), key=lambda item: -abs(item[1]))


def _variations(datasets: Iterable[Mapping[str, Histogram]], start: str) -> list[str]:
    names = (name for items in datasets for name in items if name.startswith(start))
    found = dict.fromkeys(name.removeprefix(start) for name in names)
    return [name for name in found if name != "nominal"]
