"""Checks of datasets of histograms: their samples need one in each region and variable. Standard
library only, like `wollemi.loading.all`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from wollemi.analysis.plain.datasets import replacing, used_datasets
from wollemi.analysis.plain.histogram_variations import declared_regions
from wollemi.analysis.plain.queries import fitted_regions, sample_datasets
from wollemi_likelihood.base.nearest import unknown_names

if TYPE_CHECKING:
    from wollemi.analysis.models.analysis import Analysis


def check_histograms(analysis: Analysis) -> list[str]:
    """Regions and variables in which a sample would lose the events of a dataset, each as `path:
    problem`.

    Args:
        analysis: Analysis accepted by the schema, expanded.
    """
    problems = list(_sample_problems(analysis))
    for name in used_datasets(analysis.plain):
        dataset = analysis.datasets.get(name)
        histograms = dataset.histograms if dataset else None
        if isinstance(histograms, Mapping):
            problems += _missing_regions(analysis, name, histograms)
            problems += _superfluous_regions(analysis, name, histograms)
    return problems + list(_missing_variables(analysis))


def _sample_problems(analysis: Analysis) -> Iterator[str]:
    for name, sample in analysis.samples.items():
        path, regions = f"samples.{name}.regions", sample.regions or ()
        yield from unknown_names(path, regions, analysis.regions, "region")
        others = [one for one in sample.datasets if not _has_histograms(analysis, one)]
        if regions and (others or not sample.datasets):
            events = f"'{others[0]}' is not a dataset of histograms" if others else "has none"
            yield f"{path}: only for datasets with histograms ({events}); remove it"
        if regions and sample.role == "data":
            yield f"{path}: the data need a histogram in each region; remove it"


def _has_histograms(analysis: Analysis, dataset: str) -> bool:
    return dataset in analysis.datasets and analysis.datasets[dataset].histograms is not None


def _samples_of(analysis: Analysis, dataset: str) -> list[str]:
    """Samples of a dataset, or samples in which it replaces another dataset in a systematic."""
    own = [name for name, item in analysis.samples.items() if dataset in item.datasets]
    return own or [
        sample
        for item in analysis.systematics.values()
        if dataset in replacing(item.plain)
        for sample in item.samples
    ]


def _needed_regions(analysis: Analysis, dataset: str) -> list[str]:
    """Regions in which a dataset needs a histogram: for signals, and for systematics, the regions
    of the fit and of the systematic.
    """
    known = analysis.regions
    acting = [
        item.regions or list(known)
        for item in analysis.systematics.values()
        if dataset in replacing(item.plain) and dataset not in sample_datasets(analysis)
    ]
    samples = [analysis.samples.get(name) for name in _samples_of(analysis, dataset)]
    of_fit = bool(acting) or {item and item.role for item in samples} == {"signal"}
    return [
        name
        for name in declared_regions(analysis.plain, dataset)
        if not known[name].derived_from
        and (not of_fit or name in fitted_regions(analysis))
        and (not acting or any(name in names for names in acting))
    ]


def _missing_regions(
    analysis: Analysis, dataset: str, histograms: Mapping[str, Any]
) -> Iterator[str]:
    missing = [name for name in _needed_regions(analysis, dataset) if not histograms.get(name)]
    if not missing:
        return
    regions = f"region{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    samples = _samples_of(analysis, dataset)
    if not samples:
        yield f"datasets.{dataset}.histograms: has none for the {regions}; add the path"
        return
    yield (
        f"datasets.{dataset}.histograms: has none for the {regions}, where the sample "
        f"'{samples[0]}' would be missing; add the path, or if the sample has no events there, "
        f"list its other regions in samples.{samples[0]}.regions"
    )


def _superfluous_regions(
    analysis: Analysis, dataset: str, histograms: Mapping[str, Any]
) -> Iterator[str]:
    declared = declared_regions(analysis.plain, dataset)
    for region, paths in histograms.items():
        if paths and region in analysis.regions and region not in declared:
            sample = _samples_of(analysis, dataset)[0]
            yield (
                f"datasets.{dataset}.histograms.{region}: the sample '{sample}' is not in this "
                f"region; remove it, or add it to samples.{sample}.regions"
            )


def _missing_variables(analysis: Analysis) -> Iterator[str]:
    """Further variables of regions that a dataset of histograms lacks: the background would be
    incomplete.
    """
    for name, sample in analysis.samples.items():
        for dataset in sample.datasets if sample.role == "background" else ():
            if not _has_histograms(analysis, dataset):
                continue
            for region in _needed_regions(analysis, dataset):
                for variable in analysis.regions[region].monitor:
                    yield (
                        f"regions.{region}.monitor: '{variable}' has no histogram in "
                        f"datasets.{dataset}, and the background '{name}' would be missing in its "
                        "plot; remove the variable from monitor"
                    )
