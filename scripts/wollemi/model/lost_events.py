"""Where the simulated events of a region are lost: in a cut, or outside the bins."""

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any

from wollemi.histograms.histogram import Histogram

Cutflows = Mapping[str, Mapping[str, Any]]  # dataset → cutflow


def lost_events(cutflows: Cutflows, histograms: Mapping[str, Histogram], region: str) -> str:
    """Text on simulated events after the cuts of a region and outside its bins; empty if nothing is
    known.

    Args:
        cutflows: Dataset → cutflow.
        histograms: Dataset → nominal histogram of the region's variable, for the requested
            datasets.
        region: Name of the region.
    """
    counted = [
        [*cutflows[name]["skim"], *cutflows[name]["regions"].get(region, ())]
        for name in histograms
        if name in cutflows
    ]
    texts = [_cuts_text(lines) for lines in _same_cuts(lines for lines in counted if lines)]
    flows = [
        fsum(item.values(flow=True)[place] for item in histograms.values()) for place in (0, -1)
    ]
    if any(flows):
        texts.append(f"{flows[0]:.4g} expected below the bins and {flows[1]:.4g} above")
    return "; ".join(texts)


def _same_cuts(datasets: Iterable[Sequence[Mapping[str, Any]]]) -> list[dict[str, int]]:
    """Cut → events, summed over datasets with the same cuts."""
    found: dict[tuple[str, ...], list[int]] = {}
    for lines in datasets:
        cuts, events = tuple(line["cut"] for line in lines), [line["events"] or 0 for line in lines]
        found[cuts] = [
            one + more for one, more in zip(found.get(cuts, [0] * len(cuts)), events, strict=True)
        ]
    return [dict(zip(cuts, events, strict=True)) for cuts, events in found.items()]


def _cuts_text(events: Mapping[str, int]) -> str:
    cuts = list(events)
    lost = next((place for place, cut in enumerate(cuts) if not events[cut]), len(cuts))
    if lost == len(cuts):
        return f"{events[cuts[-1]]} of {events[cuts[0]]} simulated events pass all cuts"
    if lost == 0:
        return "there are no simulated events"
    return (
        f"of {events[cuts[0]]} simulated events {events[cuts[lost - 1]]} pass "
        f"'{cuts[lost - 1]}', and none passes '{cuts[lost]}'"
    )
