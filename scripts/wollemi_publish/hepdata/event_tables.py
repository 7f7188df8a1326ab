"""HEPData tables of event counts: cutflows, acceptance, yields and distributions before and after
the fit.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from wollemi.analysis.models.analysis import Sample
from wollemi.histograms.histogram import Axis, bin_edges, categories_of, label_of, unit_of
from wollemi.histograms.unrolling import axes_behind, bins_behind
from wollemi.pages.certified_tables import aligned_cutflows
from wollemi.pages.tables import Cutflows, Rows, sample_lines
from wollemi.results.acceptance import acceptance
from wollemi.results.fit import RegionYields
from wollemi_publish.hepdata.columns import (
    NONE,
    STATISTICAL,
    TOTAL,
    Column,
    Content,
    Number,
    Value,
    counts,
    poisson_error,
    published,
    symmetric,
)

Labels = Mapping[str, str]


def cutflow_table(
    cutflows: Cutflows, samples: Mapping[str, Sample], labels: Labels, region: str
) -> Content:
    """The cutflow of a region: events of each sample after each cut, beginning with the skim.

    A sample whose cutflow lacks a cut (pseudo-data, which are drawn as histograms) has no value for
    it.

    Args:
        cutflows: Cutflow by dataset.
        samples: Samples of the analysis by name.
        labels: Display name by sample.
        region: Name of the region.
    """
    aligned = aligned_cutflows(cutflows)
    lines = {
        name: _by_cut(sample_lines(aligned, sample, region), _loose(aligned, sample))
        for name, sample in samples.items()
    }
    lines = {name: found for name, found in lines.items() if found}
    longest_first = sorted(lines.values(), key=len, reverse=True)
    cuts = list(dict.fromkeys(cut for found in longest_first for cut in found))
    columns = [
        column
        for name, found in lines.items()
        for column in _cutflow_columns(
            labels[name], name, [found.get(key) for key in cuts], samples[name].role == "data"
        )
    ]
    return Content([Column("Cut", cuts)], columns)


def _loose(cutflows: Cutflows, sample: Sample) -> int:
    """Number of lines of a sample's cutflow that belong to the skim."""
    return max((len(cutflows[dataset]["skim"]) for dataset in sample.datasets), default=0)


def _by_cut(lines: Rows, loose: int) -> dict[str, dict[str, Any]]:
    """Lines by their cuts. The skim may have the same cut, which events pass if they do
    so under any variation.
    """
    names = [
        f"skim: {line['cut']}" if 0 < place < loose else line["cut"]
        for place, line in enumerate(lines)
    ]
    return dict(zip(names, lines, strict=True))


def _cutflow_columns(
    label: str, sample: str, lines: Sequence[Mapping[str, Any] | None], is_data: bool
) -> list[Column]:
    sums = [NONE if line is None else counts([line["sum"]])[0] for line in lines]
    if is_data:
        return [Column(f"{label}: events", sums, qualifiers={"Sample": sample})]
    weighted = [NONE if line is None else published(line["sum"]) for line in lines]
    error = symmetric(STATISTICAL, [None if line is None else line["error"] for line in lines])
    raw = [NONE if line is None else published(line["events"]) for line in lines]
    columns = [
        Column(
            f"{label}: weighted events", weighted, errors=[error], qualifiers={"Sample": sample}
        ),
        Column(f"{label}: simulated events", raw, qualifiers={"Sample": sample}),
    ]
    # Samples that enter as histograms have no number of events.
    return columns[:1] if set(raw) == {NONE} else columns


def acceptance_table(
    cutflows: Cutflows,
    samples: Mapping[str, Sample],
    signals: Sequence[str],
    axis: Sequence[Column],
    regions: Labels,
) -> Content:
    """Acceptance times efficiency of each signal: the weighted fraction of produced events selected
    by a region.

    Args:
        cutflows: Cutflow by dataset.
        samples: Samples of the analysis by name.
        signals: Names of the signals, one per row.
        axis: Independent columns that distinguish the signals.
        regions: Display name by region.
    """
    columns = []
    for region, label in regions.items():
        found = [
            acceptance([cutflows[name] for name in samples[signal].datasets], region)
            for signal in signals
        ]
        error = symmetric(STATISTICAL, [pair and pair[1] for pair in found])
        values = [NONE if pair is None else published(pair[0]) for pair in found]
        columns.append(
            Column(
                f"Acceptance times efficiency: {label}",
                values,
                errors=[error],
                qualifiers={"Region": region},
            )
        )
    return Content(axis, columns)


def bin_columns(axis: Axis) -> list[Column]:
    """The bins of a variable as independent columns with units, one column per axis."""
    behind = axes_behind(axis)
    if not behind:
        edges = list(pairwise(bin_edges(axis).tolist()))
        return [Column(label_of(axis), categories_of(axis) or edges, unit_of(axis))]
    return [
        Column(one["label"], _named_bins(one, bins), one["unit"])
        for one, bins in zip(behind, bins_behind(axis), strict=True)
    ]


def _named_bins(
    axis: Mapping[str, Any], bins: Sequence[tuple[float, float]]
) -> Sequence[str | tuple[float, float]]:
    """Names of the categories of an axis's bins; the bins themselves if it has no names."""
    names = axis.get("categories")
    return [names[round(low - 0.5)] for low, _ in bins] if names else bins


def distribution_table(
    axis: Sequence[Column],
    stage: RegionYields,
    signals: Mapping[str, RegionYields],
    observed: Sequence[Number],
    labels: Labels,
    total: str,
) -> Content:
    """Events in the bins of a region, at one stage of the fit.

    Args:
        axis: Independent columns of the bins, one per axis.
        stage: Expected events at this stage, from `fit.json`.
        signals: Expected events of each signal that `stage` does not contain, from the fit with it,
            for a signal strength of 1.
        observed: Observed events in each bin; None if hidden.
        labels: Display name by sample, with `data` for the data.
        total: Name of the sum.
    """
    columns = [_data_column(labels["data"], observed)]
    parts = dict.fromkeys(stage.samples, stage) | {
        name: part for name, part in signals.items() if name in part.samples
    }
    for name, part in sorted(parts.items(), key=lambda item: list(labels).index(item[0])):
        columns.append(
            _expected_column(
                labels[name], name, part.samples[name], part.sample_uncertainties[name]
            )
        )
    columns.append(_expected_column(total, "", stage.total, stage.uncertainty))
    return Content(list(axis), columns)


def yield_table(
    regions: Labels,
    stages: Mapping[str, RegionYields],
    signals: Mapping[str, Mapping[str, RegionYields]],
    observed: Sequence[Number],
    labels: Labels,
    total: str,
) -> Content:
    """Events of each region, at one stage of the fit.

    Args:
        regions: Display name by region, one per row.
        stages: Expected events by region, from `fit.json`.
        signals: Expected events by region of each signal that `stages` do not contain, from the fit
            with it, for a signal strength of 1.
        observed: Observed events in each region; None if hidden.
        labels: Display name by sample, with `data` for the data.
        total: Name of the sum.
    """
    columns = [_data_column(labels["data"], observed)]
    own = {name for region in regions for name in stages[region].sample_sums}
    for name in [name for name in labels if name in own or name in signals]:
        # Signals with separate fits have no yields in regions outside their fits.
        found = [signals.get(name, stages).get(region) for region in regions]
        yields = [item.sample_sums.get(name) if item else None for item in found]
        errors = [item.sample_sum_uncertainties.get(name) if item else None for item in found]
        columns.append(_expected_column(labels[name], name, yields, errors))
    sums = [stages[region].sum for region in regions]
    columns.append(
        _expected_column(total, "", sums, [stages[region].sum_uncertainty for region in regions])
    )
    return Content([Column("Region", list(regions.values()))], columns)


def _data_column(label: str, observed: Sequence[Number]) -> Column:
    return Column(label, counts(observed), errors=[poisson_error(observed)])


def _expected_column(
    label: str, sample: str, values: Sequence[float | None], errors: Sequence[float | None]
) -> Column:
    shown: list[Value] = [published(value) for value in values]
    return Column(
        label,
        shown,
        errors=[symmetric(TOTAL, errors)],
        qualifiers={"Sample": sample} if sample else {},
    )
